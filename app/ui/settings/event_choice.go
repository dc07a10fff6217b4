package settings

import (
	"context"
	"slices"

	"vastrelay/app/ui/kit"
	"vastrelay/app/words"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
)

// eventChoice is the section in which the person picks what to be told about.
type eventChoice struct {
	w     *Window
	box   *fyne.Container
	bar   *fyne.Container // the button to save with what it will do
	said  *fyne.Container // what became of saving
	plan  *widget.Label   // what saving will do
	save  *kit.Button
	host  *kit.CheckBox
	hosts *fyne.Container // the groups for people who host machines

	groups []*topicGroup
	before []string // the keys chosen when the catalogue came
	asked  bool     // the catalogue is there or on its way
}

// topicGroup is one topic: a head with three states over its types.
type topicGroup struct {
	head   *kit.CheckBox
	checks []*kit.CheckBox
	types  []status.Choice
	host   bool
	moving bool // the head moves the types, or they it
}

func newEventChoice(w *Window) *eventChoice {
	return &eventChoice{w: w, box: kit.SpacedColumn(), bar: container.NewVBox(), said: container.NewVBox()}
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
	kit.Start(c.w.env.Work, c.w.deps.Types.Catalogue, func(list status.Catalogue, err error) {
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
			into.Add(c.group(kit.OneLine(t.Name, 60), "", own, isHost))
		}
	}
	warning := words.Text("settings.events.warning")
	if len(hosting) > 0 {
		c.hosts.Add(c.group(words.Text("settings.events.host_security"), warning, hosting, true))
	}
	c.host = kit.NewCheckBox(words.Text("settings.events.host"), func(bool) { c.replan() })
	c.host.Checked = c.hosting(list)
	c.box.Add(c.host)
	c.box.Add(c.hosts)
	if len(renting) > 0 {
		c.box.Add(c.group(words.Text("settings.events.security"), warning, renting, false))
	}
	c.plan = kit.SmallLabel("")
	c.save = kit.PrimaryButton(words.Text("settings.save"), c.apply)
	c.bar.Objects = []fyne.CanvasObject{saveBar(c.save, c.plan), c.said}
	c.before = c.chosen()
	c.replan()
}

// hosting reports whether the person hosts machines: because the settings say
// so, or, where nobody has confirmed those, because our webhooks do.
func (c *eventChoice) hosting(list status.Catalogue) bool {
	s := c.w.deps.Store.Settings()
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
	for _, t := range types {
		check := kit.NewCheckBox(kit.OneLine(nameOf(t), 80), func(bool) { g.settle(); c.replan() })
		check.Checked = t.Chosen
		g.checks = append(g.checks, check)
		if t.Meaning == "" {
			lines.Add(check)
			continue
		}
		lines.Add(kit.Stack(check, kit.Border(nil, nil, kit.MinSize(tickWidth, 0, kit.Rows()), nil, kit.SmallLabel(kit.Block(t.Meaning, kit.MaxLine)))))
	}
	g.head = kit.NewCheckBox(title, func(on bool) { g.setAll(on); c.replan() })
	g.settle()
	c.groups = append(c.groups, g)
	box := kit.Rows(g.head)
	if warning != "" {
		box.Add(kit.Indent(kit.SmallLabel(warning)))
	}
	box.Add(kit.Border(nil, nil, kit.MinSize(tickWidth, 0, kit.Rows()), nil, lines))
	return kit.NewSurface(box)
}

// settle makes the head say what its types say: all, none, or some.
func (g *topicGroup) settle() {
	if g.moving || g.head == nil {
		return
	}
	on := 0
	for _, check := range g.checks {
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

// replan says what saving would do.
func (c *eventChoice) replan() {
	if c.plan == nil {
		return
	}
	kit.ShowIf(c.hosts, c.host.Checked)
	keys := c.chosen()
	added, removed := 0, 0
	for _, k := range keys {
		if !slices.Contains(c.before, k) {
			added++
		}
	}
	for _, k := range c.before {
		if !slices.Contains(keys, k) {
			removed++
		}
	}
	c.save.Enable()
	switch {
	case len(keys) == 0:
		c.save.Disable()
		c.plan.SetText(words.Text("settings.events.none"))
	case added+removed == 0 && c.host.Checked == c.w.deps.Store.Settings().Host:
		c.plan.SetText(words.Plural("settings.events.told", len(keys)))
	default:
		c.plan.SetText(words.Plural("settings.events.plan", len(keys), words.Args{"Added": added, "Removed": removed}))
	}
	c.w.relayout()
}

// apply saves the choice.
func (c *eventChoice) apply() {
	keys, host := c.chosen(), c.host.Checked
	c.save.Disable()
	c.say(kit.SmallLabel(words.Text("settings.events.telling")))
	c.w.env.Work.Do(func(ctx context.Context) error {
		s := c.w.deps.Store.Settings()
		s.EventTypes, s.Host = keys, host
		return c.w.deps.Store.SaveSettings(ctx, s)
	}, func(err error) {
		c.save.Enable()
		if err != nil {
			c.say(c.w.env.ProblemPanel(kit.ProblemOf(words.Text("failed.save_choice"), err)))
			return
		}
		c.before = keys
		c.replan()
		c.say(kit.WrappedLabel(words.Text("settings.saved")))
	})
}

func (c *eventChoice) say(o fyne.CanvasObject) {
	c.said.Objects = []fyne.CanvasObject{o}
	c.w.relayout()
}

// nameOf is the name of a type, also of one that the program does not know.
func nameOf(t status.Choice) string {
	if t.Name != "" {
		return t.Name
	}
	return t.Key
}
