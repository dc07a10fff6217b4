package events

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/health"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// moment is one line of the timeline.
type moment struct {
	at   string
	icon fyne.Resource
	what string
	more string // small, under what
}

// moments is what happened to d, in order.
func moments(now time.Time, d relay.Detail) []moment {
	ev := d.Event
	arrived := words.Text("events.timeline.received")
	if ev.Attempt > 1 {
		arrived = words.Text("events.timeline.received_again", words.Args{"Number": strconv.Itoa(ev.Attempt)})
	}
	fine := kit.StepMark(health.StepDone)
	out := []moment{{kit.Clock(now, ev.ReceivedAt), fine, arrived, arrivalFacts(now, ev)}}
	if !d.StoredAt.IsZero() {
		out = append(out, moment{"+" + kit.Elapsed(d.StoredAt.Sub(ev.ReceivedAt)), fine, words.Text("events.timeline.stored"), ""})
	}
	for _, p := range d.Posts {
		out = append(out, postMoments(now, p)...)
	}
	return out
}

// arrivalFacts lists what is known of the delivery of ev.
func arrivalFacts(now time.Time, ev relay.Event) string {
	sent, kind, side := "", "", words.Text("events.timeline.renting")
	if !ev.OccurredAt.IsZero() {
		sent = words.Text("events.timeline.sent", words.Args{"Time": kit.Clock(now, ev.OccurredAt)})
	}
	if ev.Type != "" {
		kind = words.Text("events.timeline.type", words.Args{"Type": kit.OneLine(ev.Type, 80)})
	}
	if ev.Role == relay.RoleHost {
		side = words.Text("events.timeline.hosting")
	}
	id := words.Text("events.timeline.event", words.Args{"ID": kit.OneLine(ev.ID, 80)})
	return kit.Joined(words.Text("events.timeline.signature"), sent, kind, side, id)
}

// postMoments is the part of the timeline that one post makes up.
func postMoments(now time.Time, p relay.PostDetail) []moment {
	var out []moment
	if p.Members > 1 {
		out = append(out, moment{"", fateMark(relay.FateRecorded), words.Plural("events.timeline.together", p.Members-1), ""})
	}
	for _, a := range p.Attempts {
		out = append(out, attemptMoment(now, a))
	}
	switch p.Post.State {
	case relay.Waiting:
		next := ""
		if p.Post.NotBefore.After(now) {
			next = words.Text("events.timeline.next_attempt", words.Args{"Time": kit.Clock(now, p.Post.NotBefore)})
		}
		out = append(out, moment{"", fateMark(relay.FateWaiting), words.Text("events.timeline.waiting"), next})
	case relay.Dead:
		out = append(out, moment{"", fateMark(relay.FateFailed), words.Text("events.timeline.given_up"), words.Text("events.timeline.given_up_because")})
	case relay.Kept:
		out = append(out, moment{"", fateMark(relay.FateKept), words.Text("events.timeline.kept"), words.Text("events.timeline.kept_because")})
	}
	return out
}

// attemptMoment words one attempt: what came of it, status, duration, reason.
func attemptMoment(now time.Time, a relay.Attempt) moment {
	r := a.Result
	status, took, form, repeat := "", "", "", ""
	if r.Status != 0 {
		status = fmt.Sprintf("HTTP %d", r.Status)
	}
	if r.Took > 0 {
		took = kit.Elapsed(r.Took)
	}
	switch a.Rung {
	case relay.RungText:
		form = words.Text("events.attempt.as_text")
	case relay.RungShortest:
		form = words.Text("events.attempt.as_shortest")
	}
	if a.MayRepeat {
		repeat = words.Text("events.attempt.may_repeat")
	}
	more := kit.Joined(status, took, form, kit.OneLine(r.Detail, kit.MaxLine), kit.OneLine(r.Reason, 80), repeat, kit.OneLine(r.Name, kit.MaxLine))
	return moment{kit.Clock(now, a.StartedAt), attemptMark(a), attemptWords(a), more}
}

// attemptMark is the mark of an attempt: posted, under way, or trouble that
// another attempt may yet mend.
func attemptMark(a relay.Attempt) fyne.Resource {
	switch {
	case a.EndedAt.IsZero():
		return fateMark(relay.FateWaiting)
	case a.Result.Outcome.Delivered():
		return fateMark(relay.FatePosted)
	default:
		return kit.Mark("attempt", kit.ShapeTriangle, theme.ColorNameWarning)
	}
}

// attemptWords says what came of an attempt.
func attemptWords(a relay.Attempt) string {
	number := strconv.Itoa(a.Number)
	if a.EndedAt.IsZero() {
		return words.Text("events.attempt.under_way", words.Args{"Number": number})
	}
	switch a.Result.Outcome {
	case relay.Posted:
		return words.Text("events.attempt.posted", words.Args{"Number": number})
	case relay.AlreadyPosted:
		return words.Text("events.attempt.already_posted", words.Args{"Number": number})
	case relay.ContentRefused:
		return words.Text("events.attempt.content_refused", words.Args{"Number": number})
	case relay.IDsRefused:
		return words.Text("events.attempt.ids_refused", words.Args{"Number": number})
	case relay.RateLimited:
		return words.Text("events.attempt.rate_limited", words.Args{"Number": number})
	case relay.Unauthorized:
		return words.Text("events.attempt.unauthorized", words.Args{"Number": number})
	case relay.DestinationGone:
		return words.Text("events.attempt.destination_gone", words.Args{"Number": number})
	case relay.ServerTrouble:
		return words.Text("events.attempt.server_trouble", words.Args{"Number": number})
	case relay.Unreachable:
		return words.Text("events.attempt.unreachable", words.Args{"Number": number})
	case relay.Ambiguous:
		return words.Text("events.attempt.ambiguous", words.Args{"Number": number})
	case relay.Unverified:
		return words.Text("events.attempt.unverified", words.Args{"Number": number})
	default:
		outcome := kit.OneLine(string(a.Result.Outcome), 80)
		return words.Text("events.attempt.unknown", words.Args{"Number": number, "Outcome": outcome})
	}
}

// timeline draws the moments as two columns.
func timeline(now time.Time, d relay.Detail) fyne.CanvasObject {
	column := kit.Rows()
	for _, m := range moments(now, d) {
		at := widget.NewLabelWithStyle(m.at, fyne.TextAlignTrailing, fyne.TextStyle{Monospace: true})
		at.SizeName = kit.SizeSmall
		at.Importance = widget.LowImportance
		lines := kit.Stack(kit.WrappedLabel(m.what))
		if m.more != "" {
			lines.Add(kit.SmallLabel(m.more))
		}
		column.Add(kit.Border(nil, nil, kit.MinSize(kit.NameColumn, 0, container.NewVBox(at)), nil, kit.WithIcon(widget.NewIcon(m.icon), lines)))
	}
	return column
}

// payloadText is the body, indented when it is JSON, cut and folded to what a
// label can hold. whole is false when something was left out.
func payloadText(raw []byte) (text string, whole bool) {
	whole = true
	var pretty bytes.Buffer
	if json.Indent(&pretty, raw, "", "  ") == nil {
		raw = pretty.Bytes()
	}
	if len(raw) > payloadBytes {
		raw, whole = raw[:payloadBytes], false
		for len(raw) > 0 && !utf8.Valid(raw[len(raw)-1:]) {
			raw = raw[:len(raw)-1] // Do not leave half a character at the cut.
		}
	}
	text, all := kit.Fold(kit.Preserve(string(raw)), payloadColumns, payloadLines)
	return text, whole && all
}

// plainChatText is the plain text form of a message: the subject, an empty
// line, the message, an empty line, the type and the id.
func plainChatText(ev relay.Event) string {
	text := ev.Title()
	if ev.Message != "" {
		text += "\n\n" + ev.Message
	}
	foot := ""
	if ev.Type != "" {
		foot = "type=" + ev.Type
	}
	if ev.ID != "" {
		if foot != "" {
			foot += " "
		}
		foot += "event_id=" + ev.ID
	}
	if foot != "" {
		text += "\n\n" + foot
	}
	return text
}

// detailJSON is everything that is known of an event, for the clipboard.
func detailJSON(d relay.Detail) string {
	type attempt struct {
		Number    int       `json:"number"`
		StartedAt time.Time `json:"started_at"`
		Outcome   string    `json:"outcome"`
		Status    int       `json:"status,omitempty"`
		Reason    string    `json:"reason,omitempty"`
		Detail    string    `json:"detail,omitempty"`
		Message   string    `json:"message,omitempty"`
		TookMS    int64     `json:"took_ms"`
	}
	out := struct {
		ID         string          `json:"event_id"`
		Context    string          `json:"context"`
		Type       string          `json:"type,omitempty"`
		Subject    string          `json:"subject,omitempty"`
		Message    string          `json:"message,omitempty"`
		ReceivedAt time.Time       `json:"received_at"`
		Verdict    string          `json:"verdict"`
		Fate       string          `json:"fate"`
		Attempts   []attempt       `json:"attempts"`
		Payload    json.RawMessage `json:"payload,omitempty"`
		Raw        string          `json:"payload_text,omitempty"`
	}{
		ID: d.Event.ID, Context: string(d.Event.Role), Type: d.Event.Type, Subject: d.Event.Subject,
		Message: d.Event.Message, ReceivedAt: d.Event.ReceivedAt, Verdict: string(d.Verdict), Fate: string(d.Fate),
		Attempts: []attempt{},
	}
	for _, p := range d.Posts {
		for _, a := range p.Attempts {
			out.Attempts = append(out.Attempts, attempt{
				Number: a.Number, StartedAt: a.StartedAt, Outcome: string(a.Result.Outcome), Status: a.Result.Status,
				Reason: a.Result.Reason, Detail: a.Result.Detail, Message: a.Result.Name, TookMS: a.Result.Took.Milliseconds(),
			})
		}
	}
	if json.Valid(d.Event.Payload) {
		out.Payload = d.Event.Payload
	} else {
		out.Raw = string(d.Event.Payload)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(out); err != nil {
		return "" // Unreachable: every field is plain data and the payload was checked.
	}
	return b.String()
}
