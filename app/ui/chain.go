package ui

import (
	"slices"
	"time"

	"vastrelay/app/ui/kit"
	"vastrelay/app/words"

	"vastrelay/app/health"
	"vastrelay/app/status"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// link is one word of the chain, with the hops that it stands for.
type link struct {
	key  string // tells it from the others
	word string
	hops []health.HopName
}

// relayLink is the key of the link that stands for this program.
const relayLink = "relay"

// links is the way of an event in four words.
func links() []link {
	return []link{
		{"vast", words.Text("window.chain.vast"), []health.HopName{health.HopVast, health.HopWebhook}},
		{"address", words.Text("window.chain.address"), []health.HopName{health.HopAddress}},
		{relayLink, words.Text("window.chain.relay"), []health.HopName{health.HopKeyring}},
		{"chat", words.Text("window.chain.chat"), []health.HopName{health.HopChat}},
	}
}

// chain shows the way of an event as words with marks; each opens its cause.
type chain struct {
	box     *fyne.Container
	buttons []*kit.Button
}

func newChain(open func(link)) *chain {
	c := &chain{box: container.New(chainLayout{})}
	for i, l := range links() {
		if i > 0 {
			c.box.Add(connector())
		}
		b := kit.PlainButton(l.word, kit.HopMark(health.HopIdle), func() { open(l) })
		b.IconPlacement = widget.ButtonIconTrailingText
		c.buttons = append(c.buttons, b)
		c.box.Add(b)
	}
	return c
}

// connector is the short line between two words.
func connector() fyne.CanvasObject {
	return container.NewVBox(kit.Spacer(), kit.MinSize(connectorLeast, 1, widget.NewSeparator()), kit.Spacer())
}

// The widths of the line between two words, in a narrow window and with room.
const connectorLeast, connectorWide = 8, 22

// chainLayout places words and the lines between them, which are every second object and
// are shorter where there is no room.
type chainLayout struct{}

// Layout places them from left to right.
func (l chainLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	lines := len(objects) / 2
	spare := (size.Width - l.MinSize(objects).Width) / float32(max(lines, 1))
	x := float32(0)
	for i, o := range objects {
		wide := o.MinSize().Width
		if i%2 == 1 {
			wide += min(max(spare, 0), connectorWide-connectorLeast)
		}
		o.Resize(fyne.NewSize(wide, size.Height))
		o.Move(fyne.NewPos(x, 0))
		x += wide
	}
}

// MinSize is what they need with short lines.
func (chainLayout) MinSize(objects []fyne.CanvasObject) (least fyne.Size) {
	for _, o := range objects {
		one := o.MinSize()
		least = fyne.NewSize(least.Width+one.Width, max(least.Height, one.Height))
	}
	return least
}

// update sets the marks from s.
func (c *chain) update(s status.Status) {
	for i, l := range links() {
		state := worst(s, l.hops)
		b := c.buttons[i]
		b.Importance, b.Icon = widget.LowImportance, kit.HopMark(state)
		if state == health.HopFailing {
			b.Importance = widget.DangerImportance
			if mendsItself(s.HopsOf(l.hops)) {
				b.Importance, b.Icon = widget.WarningImportance, kit.PassingMark()
			}
		}
		if s.Holds() && l.key == relayLink && state == health.HopOK {
			b.Icon = kit.Mark("hop-paused", kit.ShapeBars, theme.ColorNameForeground)
		}
		b.Refresh()
	}
	c.box.Refresh()
}

// button is the word of that key.
func (c *chain) button(key string) *kit.Button {
	for i, l := range links() {
		if l.key == key {
			return c.buttons[i]
		}
	}
	return c.buttons[0]
}

// mendsItself reports whether none of hops that fails needs a person.
func mendsItself(hops []health.Hop) bool {
	return !slices.ContainsFunc(hops, func(h health.Hop) bool { return h.State == health.HopFailing && !h.MendsItself() })
}

// worst returns the state among the hops of those names that matters most.
func worst(s status.Status, names []health.HopName) health.HopState {
	rank := map[health.HopState]int{
		health.HopOK: 1, health.HopUntested: 2, health.HopIdle: 3,
		health.HopWorking: 4, health.HopMissing: 5, health.HopUnavailable: 5, health.HopFailing: 6,
	}
	most := health.HopOK
	for _, name := range names {
		state := s.Hop(name).State
		if state == "" {
			state = health.HopIdle
		}
		if rank[state] > rank[most] {
			most = state
		}
	}
	return most
}

// hopTitle names a hop for its panel.
func hopTitle(name health.HopName) string {
	switch name {
	case health.HopKeyring:
		return words.Text("hop.name.keyring")
	case health.HopVast:
		return words.Text("hop.name.vast")
	case health.HopAddress:
		return words.Text("hop.name.address")
	case health.HopWebhook:
		return words.Text("hop.name.webhook")
	case health.HopChat:
		return words.Text("hop.name.chat")
	default:
		return string(name)
	}
}

// linkPanel explains one word of the chain: the hops behind it, and what this computer
// lacks where the word stands for the program itself.
func linkPanel(env kit.Env, s status.Status, l link) fyne.CanvasObject {
	box := container.NewVBox()
	if l.key == relayLink && s.Phase == status.Attention && s.Failing == "" {
		box.Add(env.ProblemFacts(health.Problem{Headline: s.Headline.WithoutStop(), Cause: s.Cause}, false))
	}
	for _, h := range s.HopsOf(l.hops) {
		box.Add(hopFacts(env, h))
	}
	return box
}

// hopFacts is all there is to say of a hop.
func hopFacts(env kit.Env, h health.Hop) fyne.CanvasObject {
	title := words.Text("hop.titled", words.Args{"Hop": hopTitle(h.Name), "State": kit.HopWord(h.State)})
	switch h.State {
	case health.HopFailing:
		return env.ProblemFacts(health.Problem{Headline: h.Detail.WithoutStop(), Cause: h.Next, Details: h.Code, Action: h.Action}, h.MendsItself())
	case health.HopMissing, health.HopUnavailable:
		return env.ProblemFacts(health.Problem{Headline: words.Verbatim(title), Cause: h.Detail, Next: h.Next, Details: h.Code, Action: h.Action}, false)
	}
	since := ""
	if !h.Since.IsZero() && h.State == health.HopOK && env.Now().Sub(h.Since) >= time.Minute {
		since = words.Text("hop.since", words.Args{"Time": words.Moment(h.Since, env.Now())})
	}
	text := kit.Stack(kit.WrappedLabel(title))
	if more := kit.Joined(kit.Block(h.Detail.Text(), kit.MaxLine), since); more != "" {
		text.Add(kit.SmallLabel(more))
	}
	return kit.WithIcon(widget.NewIcon(kit.HopMark(h.State)), text)
}
