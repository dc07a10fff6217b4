package redact

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"

	"vastrelay/relay"
)

// NewHandler returns a handler that passes every record on to next with all
// secrets masked by r, and with the text made plain by relay.CleanText: in the
// message, in keys and names of groups, and in values of every kind, however
// deep.
//
// An error, a fmt.Stringer or any other value in which something had to be
// changed reaches next as its text.
func NewHandler(next slog.Handler, r TextRedactor) slog.Handler {
	return &handler{next: next, redactor: r}
}

// TextRedactor masks secrets in a text; a Redactor is one. It is safe for
// concurrent use.
type TextRedactor interface {
	Redact(text string) string
}

type handler struct {
	next     slog.Handler
	redactor TextRedactor
}

// Enabled asks the next handler.
func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.next.Enabled(ctx, level)
}

// Handle passes a masked copy of record on.
func (h *handler) Handle(ctx context.Context, record slog.Record) error {
	masked := slog.NewRecord(record.Time, record.Level, h.text(record.Message), record.PC)
	record.Attrs(func(a slog.Attr) bool {
		masked.AddAttrs(h.attr(a))
		return true
	})
	return h.next.Handle(ctx, masked)
}

// WithAttrs masks attrs now, with the values that are known now.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	masked := slices.Clone(attrs)
	for i := range masked {
		masked[i] = h.attr(masked[i])
	}
	return &handler{next: h.next.WithAttrs(masked), redactor: h.redactor}
}

// WithGroup opens a group in the next handler.
func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{next: h.next.WithGroup(h.text(name)), redactor: h.redactor}
}

// text masks s and makes it plain: records quote what others sent.
func (h *handler) text(s string) string {
	masked := h.redactor.Redact(s)
	clean := relay.CleanText(masked)
	if clean == masked {
		return masked
	}
	// What was taken out can have parted a value.
	return h.redactor.Redact(clean)
}

func (h *handler) attr(a slog.Attr) slog.Attr {
	return slog.Attr{Key: h.text(a.Key), Value: h.value(a.Value)}
}

func (h *handler) value(v slog.Value) slog.Value {
	v = v.Resolve()
	switch v.Kind() {
	case slog.KindString:
		return slog.StringValue(h.text(v.String()))
	case slog.KindGroup:
		group := slices.Clone(v.Group())
		for i := range group {
			group[i] = h.attr(group[i])
		}
		return slog.GroupValue(group...)
	case slog.KindAny:
		return h.any(v)
	default:
		return v // Numbers, booleans and times hold no secret.
	}
}

// any masks a value of some type of the program's own. What next will make of
// it is not known, so both ways of printing it must be clean for it to pass as
// it is.
func (h *handler) any(v slog.Value) slog.Value {
	switch value := v.Any().(type) {
	case nil:
		return v
	case error, fmt.Stringer:
		// fmt survives a nil pointer and a method that panics.
		return slog.StringValue(h.text(fmt.Sprint(value)))
	case []byte:
		return slog.StringValue(h.text(string(value)))
	default:
		text := fmt.Sprintf("%+v", value)
		masked := h.text(text)
		data, err := json.Marshal(value)
		switch {
		case err != nil:
			return slog.StringValue(masked)
		case h.redactor.Redact(string(data)) != string(data):
			return slog.StringValue(h.text(string(data)))
		case masked != text:
			return slog.StringValue(masked)
		default:
			return v
		}
	}
}
