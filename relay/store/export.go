package store

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// Format is a form in which events are exported.
type Format string

// The formats of Export.
const (
	// FormatCSV is a header line and a line for each event, for spreadsheets: an
	// apostrophe stands before what one of them could take for a formula. Texts are
	// plain, as relay.CleanText makes them, since people read them there. It is in
	// UTF-8 without a byte order mark, which programs take for a part of the first
	// name. It holds no payloads.
	FormatCSV Format = "csv"
	// FormatJSONL is a JSON object on a line for each event, with its payload:
	// as it is under "payload" when it is JSON, else under "payload_base64".
	FormatJSONL Format = "jsonl"
)

// exportPage is how many events are read at once.
const exportPage = 500

// Export writes the events that q selects to w, newest first, q.Limit aside.
// Times are in UTC after RFC 3339, and empty or absent when unknown. progress,
// unless it is nil, is called with how many events were written, of how many
// in all, at the start and after every few hundred. Events that arrive in the
// meantime are not part of it. Reading is done in portions, so that a slow w
// holds up nobody. After an error, w holds a part.
func (h *History) Export(ctx context.Context, w io.Writer, f Format, q relay.Query, progress func(done, total int)) error {
	if progress == nil {
		progress = func(int, int) {}
	}
	out := bufio.NewWriter(w)
	write, err := f.encoder(out)
	if err != nil {
		return fmt.Errorf("export events: %w", err)
	}
	total, err := h.count(ctx, q)
	if err != nil {
		return err
	}
	progress(0, total)
	for done := 0; ; {
		page, err := h.exportPage(ctx, q)
		if err != nil {
			return err
		}
		for _, e := range page {
			if err := write(e); err != nil {
				return fmt.Errorf("export events: %w", err)
			}
		}
		if done += len(page); len(page) > 0 {
			progress(done, max(done, total))
		}
		if len(page) < exportPage {
			break
		}
		last := page[len(page)-1]
		q.BeforeTime, q.BeforeID = last.event.ReceivedAt, last.event.ID
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("export events: %w", err)
	}
	return nil
}

// count returns how many events q selects on all its pages.
func (h *History) count(ctx context.Context, q relay.Query) (n int, err error) {
	page := selectEvents(q)
	err = h.reads.snapshot(ctx, "count what is exported", func(r database.Querier) error {
		return database.Row(ctx, r, `SELECT COUNT(*) FROM events e WHERE 1`+page.where, page.args, &n)
	})
	return n, err
}

// exported is an event as it is exported.
type exported struct {
	event     relay.Event
	storedAt  time.Time
	verdict   relay.Verdict
	fate      relay.Fate
	mayRepeat bool
}

// exportPage reads the next events that q selects. It looks through all rows,
// because it is asked for all pages: an index could spare no row.
func (h *History) exportPage(ctx context.Context, q relay.Query) ([]exported, error) {
	sel := selectEvents(q)
	var page []exported
	err := h.reads.snapshot(ctx, "read what is exported", func(r database.Querier) error {
		return database.ForEach(ctx, r, func(rows *sql.Rows) error {
			var x exported
			var e eventScan
			var stored int64
			err := rows.Scan(append([]any{&x.verdict, &x.fate, &x.mayRepeat, &stored}, e.dest()...)...)
			x.event, x.storedAt = e.value(), database.TimeOf(stored)
			page = append(page, x)
			return err
		}, `SELECT i.verdict, e.fate, e.may_repeat, e.stored_at, `+eventColumns+`
			FROM events e CROSS JOIN event_ids i ON i.num = e.num`+joinPayload+`WHERE 1`+sel.where+`
			ORDER BY e.received_at DESC, i.id DESC LIMIT ?`, append(sel.args, exportPage)...)
	})
	return page, err
}

// encoder returns what writes one event to w.
func (f Format) encoder(w io.Writer) (func(exported) error, error) {
	switch f {
	case FormatCSV:
		lines := csv.NewWriter(w)
		write := func(cells []string) error {
			if err := lines.Write(cells); err != nil {
				return err
			}
			lines.Flush()
			return lines.Error()
		}
		return func(x exported) error { return write(x.cells()) }, write(csvHeader())
	case FormatJSONL:
		lines := json.NewEncoder(w)
		lines.SetEscapeHTML(false)
		return func(x exported) error { return lines.Encode(x.object()) }, nil
	default:
		return nil, fmt.Errorf("no such format: %q", string(f))
	}
}

// csvHeader names the cells that cells returns.
func csvHeader() []string {
	return []string{
		"id", "context", "type", "subject", "message", "user_id", "occurred_at", "received_at", "stored_at",
		"delivery_attempt", "verdict", "fate", "may_repeat", "caught_up",
	}
}

func (x exported) cells() []string {
	e := x.event
	cells := []string{
		e.ID, string(e.Role), relay.CleanText(e.Type), relay.CleanText(e.Subject), relay.CleanText(e.Message), strconv.FormatInt(e.UserID, 10),
		stamp(e.OccurredAt), stamp(e.ReceivedAt), stamp(x.storedAt),
		strconv.Itoa(e.Attempt), string(x.verdict), string(x.fate), strconv.FormatBool(x.mayRepeat), strconv.FormatBool(e.CaughtUp),
	}
	for i, cell := range cells {
		cells[i] = safeCell(cell)
	}
	return cells
}

// formula is where a spreadsheet could take a part of a cell for a formula: at its
// beginning, and behind what separates cells and rows in some countries, where commas
// do not, so that the quotes of this file mean nothing there either.
var formula = regexp.MustCompile(`(^|[;\t\r\n])("*)([=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}])`)

// safeCell is text as a CSV cell in which no spreadsheet finds a formula: an apostrophe
// goes before each character that could start one, and before white space at the
// beginning that hides one. Bytes that are not UTF-8 become U+FFFD.
// Source: https://owasp.org/www-community/attacks/CSV_Injection .
func safeCell(text string) string {
	text = formula.ReplaceAllString(strings.ToValidUTF8(text, "\uFFFD"), "$1$2'$3")
	if text != "" && strings.ContainsRune("\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// stamp writes t after RFC 3339; the zero time is empty.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// line is an event as a line of JSON.
type line struct {
	ID              string          `json:"id"`
	Role            relay.Role      `json:"context"`
	Type            string          `json:"type"`
	Subject         string          `json:"subject"`
	Message         string          `json:"message"`
	UserID          int64           `json:"user_id"`
	OccurredAt      string          `json:"occurred_at,omitempty"`
	ReceivedAt      string          `json:"received_at"`
	StoredAt        string          `json:"stored_at"`
	DeliveryAttempt int             `json:"delivery_attempt"`
	Verdict         relay.Verdict   `json:"verdict"`
	Fate            relay.Fate      `json:"fate"`
	MayRepeat       bool            `json:"may_repeat"`
	CaughtUp        bool            `json:"caught_up,omitempty"`
	Payload         json.RawMessage `json:"payload,omitempty"`
	PayloadBase64   string          `json:"payload_base64,omitempty"`
}

func (x exported) object() line {
	e := x.event
	l := line{
		ID: e.ID, Role: e.Role, Type: e.Type, Subject: e.Subject, Message: e.Message, UserID: e.UserID,
		OccurredAt: stamp(e.OccurredAt), ReceivedAt: stamp(e.ReceivedAt), StoredAt: stamp(x.storedAt),
		DeliveryAttempt: e.Attempt, Verdict: x.verdict, Fate: x.fate, MayRepeat: x.mayRepeat, CaughtUp: e.CaughtUp,
	}
	if utf8.Valid(e.Payload) && json.Valid(e.Payload) {
		l.Payload = e.Payload
	} else {
		l.PayloadBase64 = base64.StdEncoding.EncodeToString(e.Payload)
	}
	return l
}
