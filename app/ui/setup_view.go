package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/relay/tunnel"
)

// setupView takes the place of the events until there is something to relay:
// the three things that are needed, each pasted where it is named, and at the
// end the whole way tried once.
type setupView struct {
	w       *mainWindow
	at      *place
	why     *widget.Label // what this is about
	keyring *keyringLine
	cards   []*credentialCard
	own     *fyne.Container // the cards
	trial   *trialCard
	demo    *kit.Button
	look    *fyne.Container // the demo with what it is
	said    *fyne.Container // what became of starting the demo
	scroll  *container.Scroll
	box     *fyne.Container
}

func newSetupView(w *mainWindow) *setupView {
	v := &setupView{w: w, own: kit.SpacedColumn(), said: container.NewVBox()}
	v.at = &place{
		ui: w.ui, win: w.win, work: w.ui.env.Work, keys: w.keys(), brief: true,
		refresh: v.refresh, relayout: v.relayout, reveal: v.reveal, saved: v.saved,
	}
	v.keyring = newKeyringLine(v.at)
	v.cards = cardsAt(v.at)
	for _, card := range v.cards {
		v.own.Add(card.ground)
	}
	v.trial = newTrialCard(w)
	v.demo = kit.TextButton("Try the demo", v.startDemo)
	v.why = kit.WrappedLabel("")
	look := kit.SmallLabel("Only looking? The demo shows everything at work, without any account.")
	offer := container.NewVBox(v.said, kit.Border(nil, nil, nil, container.NewVBox(v.demo), kit.CenterVertically(look)))
	v.look = container.NewVBox(widget.NewSeparator(), kit.ReadingColumn(offer, 0, 0))
	column := kit.ReadingColumn(kit.SpacedColumn(v.why, v.keyring.box, v.own, v.trial.ground), 8, 16)
	v.scroll = container.NewVScroll(column)
	v.box = kit.Border(nil, v.look, nil, nil, v.scroll)
	return v
}

// update draws what is there, what is missing and how far the connecting is.
func (v *setupView) update(s status.Status) {
	settings := v.w.ui.o.Backend.Settings()
	updateCards(v.cards, v.w.ui.o.Backend.Credentials())
	for _, card := range v.cards {
		kit.ShowIf(card.ground, neededCredential(card.kind, settings, v.w.ui.o.Vendors))
	}
	kit.ShowIf(v.look, s.Phase == status.Setup)
	v.keyring.refresh()
	v.trial.update(s)
	v.relayout()
}

func (v *setupView) refresh() { v.update(v.w.status) }

// relayout places everything anew, under words that promise no keyring where
// the line below them says that there is none.
func (v *setupView) relayout() {
	const what = "Vast Relay carries the notifications of your Vast.ai account into a Google Chat space. " +
		"Paste three things: each is tried at once"
	if known := v.keyring.shown; known.State == "" || well(known) {
		v.why.SetText(what + ", and stays in the system keyring.")
	} else {
		v.why.SetText(what + ".")
	}
	v.box.Refresh()
}

// goOn opens the entry of the first credential that is missing. Once none is,
// the way on is in the last card.
func (v *setupView) goOn() {
	missing := credentials.Kind(v.w.ui.missingSection())
	for _, card := range v.cards {
		switch {
		case card.entry != nil:
			v.w.win.Canvas().Focus(card.entry)
			return
		case card.kind == missing:
			card.openEntry()
			return
		}
	}
	v.reveal(v.trial.ground)
}

// saved folds the card up, whose state says it all, and opens the next.
func (v *setupView) saved(card *credentialCard, _ *kit.StepList) {
	card.put()
	v.refresh()
	v.goOn()
}

// reveal scrolls so that o is in view.
func (v *setupView) reveal(o fyne.CanvasObject) { kit.ScrollIntoView(o) }

// leave forgets what was typed: nobody looks any more.
func (v *setupView) leave() {
	for _, card := range v.cards {
		if card.entry != nil {
			card.closeEntry()
		}
	}
}

// rest stops what moves, or lets it go on.
func (v *setupView) rest(yes bool) {
	for _, card := range v.cards {
		card.rest(yes)
	}
	v.trial.rest(yes)
}

// startDemo opens the demo beside this window.
func (v *setupView) startDemo() {
	v.demo.Disable()
	v.say(kit.SmallLabel("Starting the demo" + kit.Dots))
	v.w.ui.env.Work.Do(func(context.Context) error { return v.w.ui.o.Backend.StartDemo() }, func(err error) {
		v.demo.Enable()
		if err != nil {
			v.say(v.w.ui.env.ProblemPanel(kit.ProblemOf(err, "start the demo")))
			return
		}
		v.say(kit.SmallLabel("The demo has its own window."))
	})
}

func (v *setupView) say(o fyne.CanvasObject) {
	v.said.Objects = []fyne.CanvasObject{o}
	v.said.Refresh()
	v.box.Refresh()
}

// neededCredential reports whether the settings call for that credential: one
// of a tunnel is needed for that tunnel alone.
func neededCredential(kind credentials.Kind, s config.Settings, vendors []tunnel.Vendor) bool {
	if tunnel.Choose(vendors, s.Tunnel).Credential == string(kind) {
		return true
	}
	return !slices.ContainsFunc(vendors, func(v tunnel.Vendor) bool { return v.Credential == string(kind) })
}

// credentialPurpose says in one sentence what it is needed for.
func credentialPurpose(kind credentials.Kind) string {
	switch kind {
	case credentials.VastKey:
		return "Lets Vast Relay ask Vast.ai to send your notifications."
	case credentials.ChatURL:
		return "The space in which the messages appear."
	case credentials.NgrokToken:
		return "Gives this computer a public address that Vast.ai can reach."
	default:
		return ""
	}
}

// credentialSource says where the credential is found, and the page to open;
// the page is empty where there is no single one.
// The pages: https://docs.vast.ai/ , https://ngrok.com/docs ,
// https://developers.google.com/workspace/chat/quickstart/webhooks .
func credentialSource(kind credentials.Kind) (words, link, page string) {
	switch kind {
	case credentials.VastKey:
		return "In the Vast.ai console, make a key under Keys with just the permissions user_read and user_write, and copy it while it is shown.",
			"Open the Vast.ai keys page", "https://cloud.vast.ai/manage-keys/"
	case credentials.ChatURL:
		return "In Google Chat in a browser, open the space, click its name, then Apps & integrations, then Webhooks. Add one called Vast Relay and copy its URL. The phone app cannot do this.",
			"Open Google Chat", "https://chat.google.com/"
	case credentials.NgrokToken:
		return "Sign in at ngrok (the free plan is enough) and copy Your Authtoken from the dashboard.",
			"Open the ngrok dashboard", "https://dashboard.ngrok.com/get-started/your-authtoken"
	default:
		return "", "", ""
	}
}
