package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/bridge"
	"vastrelay/app/config"
)

// setupView takes the place of the events until there is something to relay:
// what is missing, and the way on.
type setupView struct {
	ui    *UI
	steps *fyne.Container
	next  *widget.Button
	demo  *widget.Button
	said  *fyne.Container // what became of starting the demo
	box   *fyne.Container
}

func newSetupView(u *UI) *setupView {
	v := &setupView{ui: u, steps: spaced(), said: container.NewVBox()}
	v.next = primary(bridge.ActionSetUp.Label(), func() { u.act(bridge.ActionSetUp) })
	v.demo = labelled("Try the demo", v.startDemo)
	why := wrapped("Vast Relay carries the notifications of your Vast.ai account into a Google Chat space. " +
		"It needs three things from you, and tries each one as you paste it. They stay in the system keyring.")
	column := spaced(
		why,
		v.steps,
		container.NewHBox(v.next, v.demo),
		rows(secondary("The demo shows everything at work without any account, in a window of its own."), v.said),
	)
	v.box = container.NewStack(container.NewVScroll(container.New(&columnLayout{width: 620}, container.New(layout.NewCustomPaddedLayout(24, 24, theme.Padding(), theme.Padding()), column))))
	return v
}

// update draws what is there and what is missing.
func (v *setupView) update(bridge.Status) {
	v.steps.Objects = nil
	settings := v.ui.o.Backend.Settings()
	for _, c := range v.ui.o.Backend.Credentials() {
		if !neededCredential(c.Kind, settings) {
			continue
		}
		icon := mark("step-missing", shapeRing, theme.ColorNamePlaceHolder)
		state := "Missing"
		switch {
		case c.Problem != nil:
			icon, state = mark("step-problem", shapeTriangle, theme.ColorNameError), oneLine(c.Problem.Headline, maxLine)
		case c.State == bridge.CredentialUnreadable:
			icon, state = mark("step-locked", shapeTriangle, theme.ColorNameWarning), "The keyring cannot be read"
		case c.State != bridge.CredentialMissing:
			icon, state = mark("step-there", shapeTickDisc, theme.ColorNameSuccess), joined("Done", oneLine(c.Detail, maxLine))
		}
		word := ellipsis(quiet(state))
		word.Alignment = fyne.TextAlignTrailing
		head := border(nil, nil, bold(c.Kind.Words()), nil, middle(word))
		v.steps.Add(newSurface(lead(widget.NewIcon(icon), stack(head, secondary(credentialPurpose(c.Kind))))))
	}
	v.steps.Refresh()
}

// startDemo opens the demo beside this window.
func (v *setupView) startDemo() {
	v.demo.Disable()
	v.say(secondary("Starting the demo" + cutMark))
	v.ui.work.do(func(context.Context) error { return v.ui.o.Backend.StartDemo() }, func(err error) {
		v.demo.Enable()
		if err != nil {
			v.say(v.ui.problemPanel(problemOf(err, "start the demo")))
			return
		}
		v.say(secondary("The demo has its own window."))
	})
}

func (v *setupView) say(o fyne.CanvasObject) {
	v.said.Objects = []fyne.CanvasObject{o}
	v.said.Refresh()
	v.box.Refresh()
}

// columnLayout centres its objects in a column that is at most width wide.
type columnLayout struct{ width float32 }

// Layout places the column.
func (c *columnLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	wide := fyne.Min(c.width, size.Width)
	for _, o := range objects {
		o.Resize(fyne.NewSize(wide, fyne.Max(o.MinSize().Height, size.Height)))
		o.Move(fyne.NewPos((size.Width-wide)/2, 0))
	}
}

// MinSize is what the widest and highest of the objects needs.
func (c *columnLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	least := fyne.Size{}
	for _, o := range objects {
		least = least.Max(o.MinSize())
	}
	return least
}

// neededCredential reports whether the settings call for that credential.
func neededCredential(kind bridge.CredentialKind, s config.Settings) bool {
	return kind != bridge.NgrokToken || s.Tunnel != config.TunnelURL
}

// credentialPurpose says in one sentence what it is needed for.
func credentialPurpose(kind bridge.CredentialKind) string {
	switch kind {
	case bridge.VastKey:
		return "Lets Vast Relay ask Vast.ai to send your notifications."
	case bridge.ChatURL:
		return "The space in which the messages appear."
	case bridge.NgrokToken:
		return "Gives this computer a public address that Vast.ai can reach."
	default:
		return ""
	}
}

// credentialSource says where the credential is found, and the page to open;
// the page is empty where there is no single one.
// The pages: https://docs.vast.ai/ , https://ngrok.com/docs ,
// https://developers.google.com/workspace/chat/quickstart/webhooks .
func credentialSource(kind bridge.CredentialKind) (words, link, page string) {
	switch kind {
	case bridge.VastKey:
		return "In the Vast.ai console, make a key under Keys with just the permissions user_read and user_write, and copy it while it is shown.",
			"Open the Vast.ai keys page", "https://cloud.vast.ai/manage-keys/"
	case bridge.ChatURL:
		return "In Google Chat in a browser, open the space, click its name, then Apps & integrations, then Webhooks. Add one called Vast Relay and copy its URL. The phone app cannot do this.",
			"Open Google Chat", "https://chat.google.com/"
	case bridge.NgrokToken:
		return "Sign in at ngrok (the free plan is enough) and copy Your Authtoken from the dashboard.",
			"Open the ngrok dashboard", "https://dashboard.ngrok.com/get-started/your-authtoken"
	default:
		return "", "", ""
	}
}
