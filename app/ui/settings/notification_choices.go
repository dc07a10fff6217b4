package settings

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"

	"vastrelay/app/config"
	"vastrelay/app/kinds"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// kindsForm chooses the kinds of notifications.
type kindsForm struct {
	saver  *saver
	checks []*kit.CheckBox // in the order of config.NotificationKinds
	box    *fyne.Container
}

func newKindsForm(w *Window) *kindsForm {
	f := &kindsForm{}
	rows := kit.Rows()
	for _, kind := range config.NotificationKinds() {
		check := kit.NewCheckBox(notificationWords(kind), nil)
		f.checks = append(f.checks, check)
		rows.Add(check)
	}
	f.saver = &saver{w: w, said: container.NewVBox(), busy: func(yes bool) { enableAll(f.checks, !yes) }}
	f.box = container.NewVBox(kit.SectionHeading(words.Text("notifications.kinds.heading")), rows, f.saver.said)
	return f
}

func (f *kindsForm) content() fyne.CanvasObject { return f.box }

func (f *kindsForm) show(n config.Notifications) {
	n.Off = false
	for i, kind := range config.NotificationKinds() {
		check := f.checks[i]
		check.OnChanged = nil
		check.SetChecked(n.Shows(kind))
		check.OnChanged = func(on bool) {
			f.saver.save(func(s *config.Settings) {
				s.Notifications.Without = toggled(s.Notifications.Without, kind, !on)
			}, words.Text("settings.saved"))
		}
	}
}

// notificationWords is a kind of notifications in words.
func notificationWords(kind config.NotificationKind) string {
	switch kind {
	case config.NotifyFailure:
		return words.Text("notifications.kinds.failure")
	case config.NotifyNeeds:
		return words.Text("notifications.kinds.needs")
	case config.NotifyRecovery:
		return words.Text("notifications.kinds.recovery")
	default:
		return words.Text("notifications.kinds.gap")
	}
}

// toggled returns list with or without item.
func toggled[T comparable](list []T, item T, with bool) []T {
	list = slices.DeleteFunc(slices.Clone(list), func(x T) bool { return x == item })
	if with {
		list = append(list, item)
	}
	return list
}

func enableAll(checks []*kit.CheckBox, yes bool) {
	for _, check := range checks {
		kit.EnableIf(check, yes)
	}
}

// notifiedForm chooses the events that notifications are shown for.
type notifiedForm struct {
	w      *Window
	choice *kit.SelectBox
	saver  *saver
	types  *fyne.Container // hidden unless some types are chosen
	checks []*kit.CheckBox
	box    *fyne.Container
}

func newNotifiedForm(w *Window) *notifiedForm {
	f := &notifiedForm{w: w, choice: kit.NewSelectBox(nil), types: kit.Rows()}
	f.saver = &saver{w: w, said: container.NewVBox(), busy: func(yes bool) {
		kit.EnableIf(f.choice, !yes)
		enableAll(f.checks, !yes)
	}}
	f.box = container.NewVBox(
		kit.SectionHeading(words.Text("notifications.events.heading")),
		aboutFact(words.Text("notifications.events.name"), listOf(f.choice)),
		f.saver.said,
		kit.Border(nil, nil, kit.MinSize(tickWidth, 0, kit.Rows()), nil, f.types),
		kit.SmallLabel(words.Text("notifications.events.note")),
	)
	return f
}

func (f *notifiedForm) content() fyne.CanvasObject { return f.box }

func (f *notifiedForm) show(n config.Notifications) {
	choices := config.NotifiedChoices()
	f.listTypes(n)
	offer(f.choice, wordsOf(choices, notifiedWords), slices.Index(choices, n.EventsOrDefault()), func(at int) {
		kit.ShowIf(f.types, choices[at] == config.NotifiedTypes)
		f.saver.save(func(s *config.Settings) { s.Notifications.Events = choices[at] }, words.Text("settings.saved"))
	})
}

// listTypes lists the types to pick from, those for hosting only for those who host.
func (f *notifiedForm) listTypes(n config.Notifications) {
	f.types.RemoveAll()
	f.checks = nil
	hosts := f.w.deps.Parts.Store.Settings().Host
	for _, kind := range relay.Kinds() {
		if kind.Role == relay.RoleHost && !hosts {
			continue
		}
		key := string(kind.Role) + ":" + kind.Slug
		check := kit.NewCheckBox(kinds.Name(kind.Role, kind.Slug).Text(), nil)
		check.SetChecked(slices.Contains(n.Types, key))
		check.OnChanged = func(on bool) {
			f.saver.save(func(s *config.Settings) {
				s.Notifications.Types = toggled(s.Notifications.Types, key, on)
			}, words.Text("settings.saved"))
		}
		f.checks = append(f.checks, check)
		f.types.Add(check)
	}
	kit.ShowIf(f.types, n.EventsOrDefault() == config.NotifiedTypes)
}

// notifiedWords is a choice of events in words.
func notifiedWords(choice config.NotifiedEvents) string {
	switch choice {
	case config.NotifiedUrgent:
		return words.Text("notifications.events.urgent")
	case config.NotifiedAll:
		return words.Text("notifications.events.all")
	case config.NotifiedTypes:
		return words.Text("notifications.events.types")
	default:
		return words.Text("notifications.events.none")
	}
}

// quietForm chooses the hours in which nothing is shown.
type quietForm struct {
	check    *kit.CheckBox
	from, to *kit.SelectBox
	times    *fyne.Container
	saver    *saver
	box      *fyne.Container
}

// timeWidth is the width of a list of times of day.
const timeWidth = 100

func newQuietForm(w *Window) *quietForm {
	f := &quietForm{from: kit.NewSelectBox(nil), to: kit.NewSelectBox(nil)}
	f.check = kit.NewCheckBox(words.Text("notifications.quiet.check"), nil)
	f.saver = &saver{w: w, said: container.NewVBox(), busy: func(yes bool) {
		kit.EnableIf(f.check, !yes)
		f.enableTimes(!yes && f.check.Checked)
	}}
	f.times = container.NewHBox(
		kit.Label(words.Text("notifications.quiet.from")), kit.MinSize(timeWidth, 0, f.from),
		kit.Label(words.Text("notifications.quiet.to")), kit.MinSize(timeWidth, 0, f.to),
	)
	f.box = container.NewVBox(
		kit.SectionHeading(words.Text("notifications.quiet.heading")),
		f.check,
		container.New(layout.NewCustomPaddedLayout(0, 0, theme.InnerPadding()+tickWidth, 0), f.times),
		f.saver.said,
		kit.SmallLabel(words.Text("notifications.quiet.note")),
	)
	return f
}

func (f *quietForm) content() fyne.CanvasObject { return f.box }

func (f *quietForm) enableTimes(yes bool) {
	kit.EnableIf(f.from, yes)
	kit.EnableIf(f.to, yes)
}

func (f *quietForm) show(n config.Notifications) {
	from, to := n.QuietTimes()
	f.check.OnChanged, f.from.OnChanged, f.to.OnChanged = nil, nil, nil
	f.check.SetChecked(n.Quiet)
	offerTimes(f.from, from)
	offerTimes(f.to, to)
	f.enableTimes(n.Quiet)
	f.check.OnChanged = func(bool) { f.save() }
	f.from.OnChanged = func(string) { f.save() }
	f.to.OnChanged = func(string) { f.save() }
}

// save keeps what is picked and says in a sentence what that means.
func (f *quietForm) save() {
	on, from, to := f.check.Checked, f.from.Selected, f.to.Selected
	said := words.Text("notifications.quiet.off")
	switch {
	case on && from == to:
		said = words.Text("notifications.quiet.never")
	case on:
		said = words.Text("notifications.quiet.on", words.Args{"From": from, "To": to})
	}
	f.saver.save(func(s *config.Settings) {
		s.Notifications.Quiet, s.Notifications.QuietFrom, s.Notifications.QuietTo = on, from, to
	}, said)
}

// offerTimes offers every half hour of the day, and selected with them.
func offerTimes(box *kit.SelectBox, selected string) {
	box.Options = nil
	for at := range 48 {
		box.Options = append(box.Options, time.Date(1, 1, 1, at/2, at%2*30, 0, 0, time.UTC).Format("15:04"))
	}
	if !slices.Contains(box.Options, selected) {
		box.Options = append(box.Options, selected)
		slices.Sort(box.Options)
	}
	box.SetSelected(selected)
}
