package settings

import (
	"context"
	"slices"
	"time"

	"vastrelay/app/ui/kit"
	"vastrelay/app/words"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
)

// eventChoice is the section in which the person picks what to be told about. A
// tick takes effect at once: when no other has followed for settleDelay.
type eventChoice struct {
	w     *Window
	box   *fyne.Container
	bar   *fyne.Container // what the choice is, and what became of it
	saver *saver
	host  *kit.CheckBox
	hosts *fyne.Container // the groups for people who host machines

	groups  []*topicGroup
	inForce []string // the keys that are chosen in the settings
	quiet   []string // those of them that are not posted, in the settings
	hosting bool     // whether the settings say that the person hosts
	asked   bool     // the catalogue is there or on its way
	moving  bool     // one tick of the person moves others
	stop    func()   // keeps a change from being saved; nil while none is about to be
}

// settleDelay is how long after a tick the choice is saved: a person seldom
// changes one alone, and Vast.ai is told of each change.
const settleDelay = 1500 * time.Millisecond

// topicGroup is one topic: a head with three states over its types.
type topicGroup struct {
	head   *kit.CheckBox
	checks []*kit.CheckBox
	posts  []*kit.CheckBox // whether the type is posted, beside each
	types  []status.Choice
	host   bool
	moving bool // the head moves the types, or they it
}

func newEventChoice(w *Window) *eventChoice {
	c := &eventChoice{w: w, box: kit.SpacedColumn(), bar: container.NewVBox()}
	c.saver = &saver{w: w, said: c.bar, busy: func(bool) {}}
	return c
}

func (c *eventChoice) content() fyne.CanvasObject { return c.box }

func (c *eventChoice) foot() fyne.CanvasObject { return c.bar }

func (c *eventChoice) refresh() {}

// open asks for the catalogue, once per window.
func (c *eventChoice) open() {
	if c.asked {
		return
	}
	c.asked = true
	c.box.Objects = []fyne.CanvasObject{kit.SmallLabel(words.Text("settings.events.asking"))}
	kit.Start(c.w.env.Work, c.w.deps.Parts.Types.Catalogue, func(list status.Catalogue, err error) {
		if err != nil {
			c.asked = false
			again := kit.TextButton(health.ActionRetry.Label(), c.open)
			c.box.Objects = []fyne.CanvasObject{
				c.w.env.ProblemPanel(kit.ProblemOf(words.Text("failed.list_notifications"), err)), container.NewHBox(again),
			}
		} else {
			c.build(list)
		}
		c.w.relayout()
	})
}

// build lays the catalogue out: topics for renting, then for hosting, then
// what concerns the account's security.
func (c *eventChoice) build(list status.Catalogue) {
	intro := words.Text("settings.events.intro")
	if !list.Live {
		intro = words.Text("settings.events.intro_built_in")
	}
	c.box.Objects = []fyne.CanvasObject{kit.WrappedLabel(intro)}
	c.groups = nil
	c.hosts = kit.SpacedColumn()
	var renting, hosting []status.Choice
	for _, t := range list.Topics {
		own := slices.DeleteFunc(slices.Clone(t.Types), func(x status.Choice) bool { return x.Critical })
		grave := slices.DeleteFunc(slices.Clone(t.Types), func(x status.Choice) bool { return !x.Critical })
		isHost := t.Role == relay.RoleHost
		into := c.box
		if isHost {
			into, hosting = c.hosts, append(hosting, grave...)
		} else {
			renting = append(renting, grave...)
		}
		if len(own) > 0 {
			into.Add(c.group(kit.OneLine(t.Name.Text(), 60), "", own, isHost))
		}
	}
	warning := words.Text("settings.events.warning")
	if len(hosting) > 0 {
		c.hosts.Add(c.group(words.Text("settings.events.host_security"), warning, hosting, true))
	}
	c.host = kit.NewCheckBox(words.Text("settings.events.host"), func(bool) { c.changed() })
	c.host.Checked = c.isHost(list)
	c.box.Add(c.host)
	c.box.Add(c.hosts)
	if len(renting) > 0 {
		c.box.Add(c.group(words.Text("settings.events.security"), warning, renting, false))
	}
	c.inForce, c.quiet, c.hosting = c.chosen(), c.notPosted(), c.host.Checked
	kit.ShowIf(c.hosts, c.host.Checked)
	c.saver.say(kit.SmallLabel(words.Plural("settings.events.told", len(c.inForce))))
}

// isHost reports whether the person hosts machines: because the settings say
// so, or, where nobody has confirmed those, because our webhooks do.
func (c *eventChoice) isHost(list status.Catalogue) bool {
	s := c.w.deps.Parts.Store.Settings()
	chosen := slices.ContainsFunc(list.Topics, func(t status.Topic) bool {
		return t.Role == relay.RoleHost && slices.ContainsFunc(t.Types, func(x status.Choice) bool { return x.Chosen })
	})
	return s.Host || s.Unconfirmed && chosen
}

// tickWidth is how far a tick box's text stands from its left edge, less the
// padding of a label.
const tickWidth = 18

// group draws one topic.
func (c *eventChoice) group(title, warning string, types []status.Choice, host bool) fyne.CanvasObject {
	g := &topicGroup{types: types, host: host}
	lines := kit.Rows()
	routes := c.w.deps.Parts.Store.Settings().RouteSettings
	for _, t := range types {
		check := kit.NewCheckBox(kit.OneLine(nameOf(t), 80), func(bool) { g.settle(); c.changed() })
		check.Checked = t.Chosen
		g.checks = append(g.checks, check)
		post := kit.NewCheckBox(words.Text("route.box"), nil)
		post.Checked = routes.Posts(t.Key)
		post.OnChanged = func(bool) { c.changed() }
		g.posts = append(g.posts, post)
		line := kit.Border(nil, nil, nil, post, check)
		if t.Meaning.IsZero() {
			lines.Add(line)
			continue
		}
		lines.Add(kit.Stack(line, kit.Border(nil, nil, kit.MinSize(tickWidth, 0, kit.Rows()), nil, kit.SmallLabel(kit.Block(t.Meaning.Text(), kit.MaxLine)))))
	}
	g.head = kit.NewCheckBox(title, func(on bool) {
		c.moving = true
		g.setAll(on)
		c.moving = false
		c.changed()
	})
	g.settle()
	c.groups = append(c.groups, g)
	box := kit.Rows(g.head)
	if warning != "" {
		box.Add(kit.Indent(kit.SmallLabel(warning)))
	}
	box.Add(kit.Border(nil, nil, kit.MinSize(tickWidth, 0, kit.Rows()), nil, lines))
	return kit.AlignWithText(kit.NewSurface(box))
}

// settle makes the head say what its types say: all, none, or some.
func (g *topicGroup) settle() {
	if g.moving || g.head == nil {
		return
	}
	on := 0
	for i, check := range g.checks {
		kit.EnableIf(g.posts[i], check.Checked)
		if check.Checked {
			on++
		}
	}
	g.moving = true
	g.head.Checked = on == len(g.checks)
	g.head.Partial = on > 0 && on < len(g.checks)
	g.head.Refresh()
	g.moving = false
}

// setAll makes the types say what the head says.
func (g *topicGroup) setAll(on bool) {
	if g.moving {
		return
	}
	g.moving = true
	for _, check := range g.checks {
		check.SetChecked(on)
	}
	g.moving = false
	g.settle()
}

// chosen lists the full keys that are ticked, in the order shown; those for
// hosting only when the person hosts.
func (c *eventChoice) chosen() []string {
	keys := []string{}
	for _, g := range c.groups {
		if g.host && !c.host.Checked {
			continue
		}
		for i, check := range g.checks {
			if check.Checked {
				keys = append(keys, g.types[i].Key)
			}
		}
	}
	return keys
}

// notPosted lists the full keys of the types that stay in the history, also of those
// that are not ticked: a tick brings back what was chosen for them.
func (c *eventChoice) notPosted() []string {
	keys := []string{}
	for _, g := range c.groups {
		for i, post := range g.posts {
			if !post.Checked {
				keys = append(keys, g.types[i].Key)
			}
		}
	}
	return keys
}

// changed has the choice saved once no other tick has followed for a while.
func (c *eventChoice) changed() {
	if c.moving {
		return
	}
	kit.ShowIf(c.hosts, c.host.Checked)
	c.forget()
	switch {
	case len(c.chosen()) == 0:
		c.saver.say(kit.WithIcon(widget.NewIcon(kit.Mark("choice-none", kit.ShapeTriangle, theme.ColorNameWarning)), kit.WrappedLabel(words.Text("settings.events.none"))))
	case !c.differs():
		c.saver.say(kit.SmallLabel(words.Plural("settings.events.told", len(c.inForce))))
	default:
		c.saver.say(kit.SmallLabel(words.Text("settings.saving")))
		c.stop = c.w.env.Work.After(settleDelay, c.save)
	}
}

// differs reports whether what is ticked is not what is in force.
func (c *eventChoice) differs() bool {
	return c.hosting != c.host.Checked || !slices.Equal(c.chosen(), c.inForce) || !slices.Equal(c.notPosted(), c.quiet)
}

// forget keeps a change that is about to be saved from being saved.
func (c *eventChoice) forget() {
	if c.stop != nil {
		c.stop()
		c.stop = nil
	}
}

// save stores the choice, and says how it differs from the one before.
func (c *eventChoice) save() {
	c.forget()
	keys, quiet, host := c.chosen(), c.notPosted(), c.host.Checked
	said := changeWords(c.inForce, keys)
	if slices.Equal(c.inForce, keys) && c.hosting == host {
		said = routeWords(len(quiet))
	}
	c.saver.run(words.Text("failed.save_choice"), c.change(), func(err error) {
		switch {
		case err == nil:
			c.inForce, c.quiet, c.hosting = keys, quiet, host
			if c.stop == nil && !c.differs() {
				c.saver.say(kit.WrappedLabel(said))
			}
		case c.stop == nil:
			again := kit.TextButton(health.ActionRetry.Label(), c.save)
			c.bar.Add(container.NewHBox(again))
			c.w.relayout()
		}
	})
}

// change returns what stores the choice as it now is. Routes that are as they were
// are left alone: they can be changed elsewhere, too.
func (c *eventChoice) change() func(*config.Settings) {
	keys, quiet, before, host := c.chosen(), c.notPosted(), c.quiet, c.host.Checked
	chosen := !slices.Equal(keys, c.inForce) || host != c.hosting
	return func(s *config.Settings) {
		if chosen {
			s.EventTypes, s.Host = keys, host
		}
		for _, key := range quiet {
			if !slices.Contains(before, key) {
				s.SetPosts(key, false)
			}
		}
		for _, key := range before {
			if !slices.Contains(quiet, key) {
				s.SetPosts(key, true)
			}
		}
	}
}

// routeWords say that it was saved how many types stay in the history.
func routeWords(quiet int) string {
	if quiet == 0 {
		return words.Text("route.saved_none")
	}
	return words.Plural("route.saved", quiet)
}

// closing saves at once what is about to be saved: the window has no time left.
func (c *eventChoice) closing() {
	if c.stop == nil {
		return
	}
	c.forget()
	change, store := c.change(), c.w.deps.Parts.Store
	c.w.outer.Work.Do(func(ctx context.Context) error {
		return store.ChangeSettings(ctx, change)
	}, func(error) {})
}

// changeWords says that a choice was saved, and how it differs from the one before.
func changeWords(before, now []string) string {
	added, removed := missingFrom(before, now), missingFrom(now, before)
	switch {
	case added > 0 && removed > 0:
		return words.Plural("settings.events.saved_both", len(now), words.Args{"Added": added, "Removed": removed})
	case added > 0:
		return words.Plural("settings.events.saved_added", len(now), words.Args{"Added": added})
	case removed > 0:
		return words.Plural("settings.events.saved_removed", len(now), words.Args{"Removed": removed})
	default:
		return words.Plural("settings.events.saved_same", len(now))
	}
}

// missingFrom counts the keys that are not in all.
func missingFrom(all, keys []string) (n int) {
	for _, k := range keys {
		if !slices.Contains(all, k) {
			n++
		}
	}
	return n
}

// nameOf is the name of a type, also of one that the program does not know.
func nameOf(t status.Choice) string {
	if !t.Name.IsZero() {
		return t.Name.Text()
	}
	return t.Key
}
