package events

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/timeline"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// manyPosts is how many messages are not posted again before a person has confirmed
// that.
const manyPosts = 50

// picks are the rows that a person has selected to do something with all of them:
// with Control or Shift held, or by Control and A. They are among the rows that are
// loaded, and so never more than maxRows.
type picks struct {
	l      *list
	ids    map[string]bool
	anchor string // the row from which Shift extends

	said      *widget.Label
	failed    *fyne.Container
	buttons   []*kit.Button
	confirmed int // so many messages may be posted again
	running   bool
	askFile   func(name string, chosen func(path string)) // chosen is not called for a no
	box       *fyne.Container
}

func newPicks(l *list) *picks {
	p := &picks{l: l, ids: make(map[string]bool), said: kit.Ellipsis(kit.SmallLine("")), failed: container.NewVBox()}
	p.buttons = []*kit.Button{
		kit.TextButton(words.Text("rows.resend"), p.resend),
		kit.PlainButton(words.Text("rows.copy"), nil, p.copyJSON),
		kit.PlainButton(words.Text("rows.export"), nil, p.export),
		kit.PlainButton(words.Text("rows.mark_read"), nil, p.markRead),
	}
	bar := container.New(layout.NewCustomPaddedHBoxLayout(0))
	for _, b := range p.buttons {
		bar.Add(b)
	}
	leave := kit.PlainButton("", theme.CancelIcon(), p.end)
	p.box = container.NewVBox(p.failed, p.said, kit.Border(nil, nil, bar, leave, layout.NewSpacer()))
	p.box.Hide()
	p.askFile = func(name string, chosen func(path string)) {
		kit.AskFile(l.v.deps.Win, name, words.Text("rows.export_to"), chosen, func(err error) {
			l.v.deps.On.Failed(words.Text("failed.use_that_file"), err)
		})
	}
	return p
}

// keys are what the list does for several rows.
func (p *picks) keys() *kit.Many {
	return &kit.Many{
		Toggle: p.toggle, Extend: p.extend, All: p.all, Copy: p.copyJSON,
		Escape: func() bool {
			on := p.on()
			p.end()
			return on
		},
	}
}

func (p *picks) on() bool           { return len(p.ids) > 0 }
func (p *picks) has(id string) bool { return p.ids[id] }

// toggle takes row i in or out. The row that is selected alone is taken in first.
func (p *picks) toggle(i int) {
	if !p.on() && p.l.index(p.l.selected) >= 0 {
		p.ids[p.l.selected] = true
	}
	id := p.l.events[i].ID
	if p.ids[id] {
		delete(p.ids, id)
	} else {
		p.ids[id] = true
	}
	p.anchor = id
	p.changed(i)
}

// extend selects the rows from the anchor to row to.
func (p *picks) extend(to int) {
	if !p.on() {
		p.anchor = p.l.selected
	}
	from := p.l.index(p.anchor)
	if from < 0 {
		from, p.anchor = to, p.l.events[to].ID
	}
	clear(p.ids)
	for _, e := range p.l.events[min(from, to) : max(from, to)+1] {
		p.ids[e.ID] = true
	}
	p.changed(to)
}

// all selects every row that is loaded.
func (p *picks) all() {
	if len(p.l.events) == 0 {
		return
	}
	for _, e := range p.l.events {
		p.ids[e.ID] = true
	}
	p.anchor = p.l.events[0].ID
	p.changed(max(p.l.index(p.l.selected), 0))
}

// changed shows what is selected, with the keyboard at row i.
func (p *picks) changed(i int) {
	p.confirmed = 0
	p.failed.RemoveAll()
	p.say("")
	offset := p.l.rows.GetScrollOffset()
	p.l.moveTo(i)
	if i != 0 && !p.l.rows.Seen(i) {
		offset = p.l.rows.GetScrollOffset()
	}
	p.l.rows.ScrollToOffset(offset)
	p.show()
}

// show draws the rows and the line below them anew.
func (p *picks) show() {
	p.l.foot.arrange()
	p.l.rows.Refresh()
}

// say puts text, or else the count, over the buttons.
func (p *picks) say(text string) {
	if text == "" {
		text = words.Plural("rows.picked", len(p.ids))
	}
	p.said.SetText(text)
}

// end goes back to selecting single rows.
func (p *picks) end() {
	if p.on() {
		clear(p.ids)
		p.show()
	}
}

// prune drops what is not among the rows any more.
func (p *picks) prune() {
	before := len(p.ids)
	for id := range p.ids {
		if p.l.index(id) < 0 {
			delete(p.ids, id)
		}
	}
	if len(p.ids) != before {
		p.say("")
	}
}

// picked lists the selected rows, newest first.
func (p *picks) picked() (rows []relay.Summary) {
	for _, e := range p.l.events {
		if p.ids[e.ID] {
			rows = append(rows, e)
		}
	}
	return rows
}

func idsOf(rows []relay.Summary) []string {
	ids := make([]string, len(rows))
	for i, e := range rows {
		ids[i] = e.ID
	}
	return ids
}

// work has something done with the selected rows and says under way meanwhile, and
// then what do answers: above what went wrong, where that is not all.
func (p *picks) work(underWay, headline string, do func(ctx context.Context) (answer string, err error)) {
	if p.running {
		return
	}
	p.busy(true)
	p.failed.RemoveAll()
	p.say(underWay)
	kit.Start(p.l.v.deps.Work, do, func(answer string, err error) {
		p.busy(false)
		switch {
		case err == nil:
			p.say(answer)
		case p.on():
			p.say(answer)
			p.failed.Add(p.l.v.deps.ProblemLines(kit.ProblemOf(headline, err)))
		default:
			p.l.v.deps.On.Failed(headline, err)
		}
		p.show()
	})
}

func (p *picks) busy(yes bool) {
	p.running = yes
	for _, b := range p.buttons {
		kit.EnableIf(b, !yes)
	}
}

// resend posts the selected events again, those that were late included. What waits,
// cannot be read or is a test has nothing to be posted again.
func (p *picks) resend() {
	var late, others []string
	rows := p.picked()
	for _, e := range rows {
		switch e.Fate {
		case relay.FateLate:
			late = append(late, e.ID)
		case relay.FatePosted, relay.FateFailed, relay.FateKept:
			others = append(others, e.ID)
		}
	}
	if n := len(late) + len(others); n > max(manyPosts, p.confirmed) {
		p.confirmed = n
		p.say(words.Text("rows.resend_many", words.Args{"Number": strconv.Itoa(n)}))
		return
	}
	r := p.l.v.deps.Resender
	p.work(words.Text("rows.resending"), words.Text("failed.post_events"), func(ctx context.Context) (string, error) {
		sent, err := resendAll(ctx, r, late, others)
		var answers []string
		if len(sent) > 0 {
			answers = append(answers, words.Plural("rows.resent", len(sent)))
		}
		if left := len(rows) - len(sent); left > 0 && err == nil {
			answers = append(answers, words.Plural("rows.not_resent", left))
		}
		answer := kit.Joined(answers...)
		p.l.v.deps.Work.Post(func() {
			p.l.v.deps.On.Posted()
			if err != nil {
				p.leave(sent)
			}
		})
		return answer, err
	})
}

// leave takes rows out, so that what is done once more is done to the others alone.
func (p *picks) leave(ids []string) {
	for _, id := range ids {
		delete(p.ids, id)
	}
}

// resendAll posts events again and returns those that something goes out for. One
// that is no longer kept does not stop the others.
func resendAll(ctx context.Context, r Resender, late, others []string) (sent []string, err error) {
	for _, id := range others {
		posts, err := r.Resend(ctx, id)
		if posts > 0 {
			sent = append(sent, id)
		}
		if err != nil && !errors.Is(err, relay.ErrNotFound) {
			return sent, err
		}
	}
	for _, id := range late {
		switch err := r.PostAnyway(ctx, id); {
		case err == nil:
			sent = append(sent, id)
		case !errors.Is(err, relay.ErrNotFound):
			return sent, err
		}
	}
	return sent, nil
}

// copyJSON puts all that is known of the selected events onto the clipboard, as a
// list.
func (p *picks) copyJSON() {
	ids, h := idsOf(p.picked()), p.l.v.deps.History
	if len(ids) == 0 {
		return
	}
	p.work(words.Text("button.under_way"), words.Text("failed.read_events"), func(ctx context.Context) (string, error) {
		records := make([]timeline.Record, 0, len(ids))
		for _, id := range ids {
			d, err := h.Event(ctx, id)
			switch {
			case errors.Is(err, relay.ErrNotFound): // It is no longer kept.
			case err != nil:
				return "", err
			default:
				records = append(records, timeline.RecordOf(d))
			}
		}
		text, err := indented(records)
		if err != nil {
			return "", err
		}
		if len(records) > 0 { // else what is there is worth more
			p.l.v.deps.Work.Post(func() { fyne.CurrentApp().Clipboard().SetContent(text) })
		}
		return words.Plural("rows.copied", len(records)), nil
	})
}

// indented is v as JSON for people, with every character as it is.
func indented(v any) (string, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return b.String(), err
}

// export writes the selected events into a file that a person names: for
// spreadsheets where its name ends in .csv, else with the payloads.
func (p *picks) export() {
	ids, deps := idsOf(p.picked()), p.l.v.deps
	p.askFile("vast-events.csv", func(path string) {
		path = kit.WithExtension(path, ".csv", ".jsonl")
		p.work(words.Text("rows.exporting"), words.Text("failed.export_events"), func(ctx context.Context) (string, error) {
			written := 0
			err := deps.Exporter.Export(ctx, path, relay.Query{IDs: ids}, func(done, _ int) { written = done })
			return words.Plural("rows.exported", written, words.Args{"File": filepath.Base(path)}), err
		})
	})
}

// markRead notes that the selected events are read.
func (p *picks) markRead() {
	unread := slices.DeleteFunc(p.picked(), func(e relay.Summary) bool { return !e.Unread })
	p.l.v.unread.read(idsOf(unread)...)
	p.say(words.Plural("rows.marked", len(unread)))
	p.show()
}
