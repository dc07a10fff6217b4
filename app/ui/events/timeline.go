package events

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"vastrelay/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/health"
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
	arrived := "Received from Vast.ai"
	if ev.Attempt > 1 {
		arrived += fmt.Sprintf(" at delivery %d", ev.Attempt)
	}
	side := "renting"
	if ev.Role == relay.RoleHost {
		side = "hosting"
	}
	kind := ""
	if ev.Type != "" {
		kind = "type " + kit.OneLine(ev.Type, 80)
	}
	sent := ""
	if !ev.OccurredAt.IsZero() {
		sent = "sent " + kit.Clock(now, ev.OccurredAt)
	}
	fine := kit.StepMark(health.StepDone)
	out := []moment{{kit.Clock(now, ev.ReceivedAt), fine, arrived, kit.Joined("signature ok", sent, kind, "for "+side, "id "+kit.OneLine(ev.ID, 80))}}
	if !d.StoredAt.IsZero() {
		out = append(out, moment{"+" + kit.Elapsed(d.StoredAt.Sub(ev.ReceivedAt)), fine, "On disk", ""})
	}
	for _, p := range d.Posts {
		out = append(out, postMoments(now, p)...)
	}
	return out
}

// postMoments is the part of the timeline that one post makes up.
func postMoments(now time.Time, p relay.PostDetail) []moment {
	var out []moment
	if p.Members > 1 {
		out = append(out, moment{"", fateMark(relay.FateRecorded), fmt.Sprintf("Sent together with %s", kit.Plural(p.Members-1, "other event", "other events")), ""})
	}
	for _, a := range p.Attempts {
		out = append(out, attemptMoment(now, a))
	}
	switch p.Post.State {
	case relay.Waiting:
		next := ""
		if p.Post.NotBefore.After(now) {
			next = "next attempt at " + kit.Clock(now, p.Post.NotBefore)
		}
		out = append(out, moment{"", fateMark(relay.FateWaiting), "Waiting to be posted", next})
	case relay.Dead:
		out = append(out, moment{"", fateMark(relay.FateFailed), "Given up", "Google Chat refused it in every form, or for too long."})
	case relay.Kept:
		out = append(out, moment{"", fateMark(relay.FateKept), "Kept without posting", "by your choice"})
	}
	return out
}

// attemptMoment words one attempt: what came of it, status, duration, reason.
func attemptMoment(now time.Time, a relay.Attempt) moment {
	r := a.Result
	what := fmt.Sprintf("Attempt %d: %s", a.Number, outcomeWords(r.Outcome))
	if a.EndedAt.IsZero() {
		what = fmt.Sprintf("Attempt %d: under way", a.Number)
	}
	status, took, form, repeat := "", "", "", ""
	if r.Status != 0 {
		status = fmt.Sprintf("HTTP %d", r.Status)
	}
	if r.Took > 0 {
		took = kit.Elapsed(r.Took)
	}
	switch a.Rung {
	case relay.RungText:
		form = "as plain text"
	case relay.RungShortest:
		form = "in the shortest form"
	}
	if a.MayRepeat {
		repeat = "may repeat"
	}
	more := kit.Joined(status, took, form, kit.OneLine(r.Detail, kit.MaxLine), kit.OneLine(r.Reason, 80), repeat, kit.OneLine(r.Name, kit.MaxLine))
	return moment{kit.Clock(now, a.StartedAt), attemptMark(a), what, more}
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

// outcomeWords says what came of an attempt.
func outcomeWords(o relay.Outcome) string {
	switch o {
	case relay.Posted:
		return "posted"
	case relay.AlreadyPosted:
		return "was already there"
	case relay.ContentRefused:
		return "this form was refused"
	case relay.IDsRefused:
		return "the ids were refused"
	case relay.RateLimited:
		return "Google Chat asked to slow down"
	case relay.Unauthorized:
		return "not authorised"
	case relay.DestinationGone:
		return "the space refuses messages"
	case relay.ServerTrouble:
		return "Google Chat had trouble"
	case relay.Unreachable:
		return "Google Chat could not be reached"
	case relay.Ambiguous:
		return "no answer came"
	case relay.Unverified:
		return "the answer was not Google Chat's"
	default:
		return kit.OneLine(string(o), 80)
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
