package events

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/health"
	"vastrelay/app/timeline"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// timeMark is the mark of a moment: what went well, what is under way, or trouble
// that another attempt may yet mend.
func timeMark(k timeline.Kind) fyne.Resource {
	switch k {
	case timeline.Received, timeline.Stored:
		return kit.StepMark(health.StepDone)
	case timeline.Delivered:
		return fateMark(relay.FatePosted, false)
	case timeline.NotDelivered:
		return kit.Mark("attempt", kit.ShapeTriangle, theme.ColorNameWarning)
	case timeline.UnderWay, timeline.Waiting:
		return fateMark(relay.FateWaiting, false)
	case timeline.GivenUp:
		return fateMark(relay.FateFailed, false)
	case timeline.Resent:
		return kit.Mark("resent", kit.ShapeAgain, theme.ColorNamePrimary)
	case timeline.KeptBack:
		return fateMark(relay.FateKept, false)
	default:
		return fateMark(relay.FateRecorded, false)
	}
}

// timeOf is what stands before a moment.
func timeOf(now time.Time, m timeline.Moment) string {
	switch {
	case m.Kind == timeline.Stored:
		return words.Delta(m.After)
	case m.At.IsZero():
		return ""
	default:
		return kit.Clock(now, m.At)
	}
}

// moments draws what happened to d as two columns.
func moments(now time.Time, d relay.Detail) fyne.CanvasObject {
	column := kit.Rows()
	for _, m := range timeline.Moments(now, d) {
		at := widget.NewLabelWithStyle(timeOf(now, m), fyne.TextAlignTrailing, fyne.TextStyle{Monospace: true})
		at.SizeName = kit.SizeSmall
		at.Importance = widget.LowImportance
		lines := kit.Stack(kit.WrappedLabel(kit.OneLine(m.What.Text(), kit.MaxLine)))
		facts := make([]string, len(m.Facts))
		for i, fact := range m.Facts {
			facts[i] = kit.OneLine(fact.Text(), kit.MaxLine)
		}
		if more := kit.Joined(facts...); more != "" {
			lines.Add(kit.SmallLabel(more))
		}
		column.Add(kit.Border(nil, nil, kit.MinSize(kit.NameColumn, 0, container.NewVBox(at)), nil, kit.WithIcon(widget.NewIcon(timeMark(m.Kind)), lines)))
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

// headerText is the head of the delivery, a line for each field.
func headerText(headers []relay.Header) string {
	lines := make([]string, len(headers))
	for i, h := range headers {
		lines[i] = kit.OneLine(h.Name+": "+h.Value, kit.MaxLine)
	}
	return strings.Join(lines, "\n")
}

// detailJSON is everything that is known of an event, for the clipboard.
func detailJSON(d relay.Detail) string {
	text, err := indented(timeline.RecordOf(d))
	if err != nil {
		return "" // Unreachable: every field is plain data and the payload was checked.
	}
	return text
}
