package commands

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vastrelay/app/control"
	"vastrelay/app/kinds"
	"vastrelay/app/timeline"
	"vastrelay/app/words"
	"vastrelay/relay"
)

const (
	defaultEvents = 20
	mostEvents    = 10_000 // whoever wants more exports them
	eventsPage    = 500    // of one question to the store
)

// eventFilter says which events a command is about.
type eventFilter struct {
	Search string     `json:"search,omitempty"`
	Type   string     `json:"type,omitempty"`
	Fate   relay.Fate `json:"fate,omitempty"`
	Since  time.Time  `json:"since,omitzero"`
}

func (f eventFilter) query() relay.Query {
	return relay.Query{Search: f.Search, Type: f.Type, Fate: f.Fate, Since: f.Since}
}

// eventRow is one event in the list.
type eventRow struct {
	ID         string     `json:"event_id"`
	Role       relay.Role `json:"context"`
	Type       string     `json:"type,omitempty"`
	Title      string     `json:"title"`
	ReceivedAt time.Time  `json:"received_at"`
	Fate       relay.Fate `json:"fate"`
	MayRepeat  bool       `json:"may_repeat,omitempty"`
	CaughtUp   bool       `json:"caught_up,omitempty"`

	Gap relay.GapNote `json:"gap,omitzero"` // what an event of this program's own says
}

// eventsArgs are the arguments of "events".
type eventsArgs struct {
	eventFilter
	Limit int `json:"limit"`
}

// eventsAnswer is the answer of "events", newest first. The rows cross the socket
// one by one.
type eventsAnswer struct {
	Events []eventRow `json:"events"`
	More   bool       `json:"more"`             // there are older ones
	Paused bool       `json:"paused,omitempty"` // what waits is held
}

func eventsCommand() command {
	return command{
		name: "events",
		build: func(s *session) *cobra.Command {
			args := eventsArgs{Limit: defaultEvents}
			c := s.command("events", words.Text("commands.events.short"), words.Text("commands.events.long"), func(c *cobra.Command, _ []string) error {
				if args.Limit < 1 || args.Limit > mostEvents {
					return &useError{words.Text("commands.events.limit_range", words.Args{"Most": strconv.Itoa(mostEvents)})}
				}
				answer := eventsAnswer{Events: []eventRow{}}
				end, err := ask[eventsAnswer](c, s, control.Call{Command: "events", Args: args, Item: func(part json.RawMessage) error {
					var row eventRow
					err := json.Unmarshal(part, &row)
					answer.Events = append(answer.Events, row)
					return err
				}})
				if err != nil {
					return err
				}
				answer.More, answer.Paused = end.More, end.Paused
				s.print(answer, func(p *page) { printEvents(p, answer, args.eventFilter != eventFilter{}, s.now) })
				return nil
			})
			args.flags(c, s.now)
			c.Flags().IntVar(&args.Limit, "limit", defaultEvents, words.Text("commands.events.limit", words.Args{"Default": defaultEvents}))
			c.Example = "  vastrelay events --outcome failed --since 24h\n  vastrelay events --search \"instance 48926820\" --limit 100"
			return c
		},
		serve: func(p Program) control.Command {
			return handler(func(ctx context.Context, args eventsArgs, r *control.Reply) (eventsAnswer, error) {
				answer, err := listEvents(ctx, p.History, args, r)
				answer.Paused = p.Paused().Active()
				return answer, err
			})
		},
	}
}

// listEvents sends the rows and says whether there are more.
func listEvents(ctx context.Context, h History, args eventsArgs, r *control.Reply) (eventsAnswer, error) {
	q := args.query()
	for left := min(max(args.Limit, 1), mostEvents); ; {
		q.Limit = min(left+1, eventsPage)
		page, err := h.Events(ctx, q)
		if err != nil {
			return eventsAnswer{}, err
		}
		for _, e := range page[:min(len(page), left)] {
			row := eventRow{ID: e.ID, Role: e.Role, Type: e.Type, Title: e.Title, ReceivedAt: e.ReceivedAt, Fate: e.Fate, MayRepeat: e.MayRepeat, CaughtUp: e.CaughtUp, Gap: e.Note}
			if err := r.Item(row); err != nil {
				return eventsAnswer{}, err
			}
		}
		if len(page) > left || len(page) < q.Limit {
			return eventsAnswer{More: len(page) > left}, nil
		}
		left -= len(page)
		last := page[len(page)-1]
		q.BeforeTime, q.BeforeID = last.ReceivedAt, last.ID
	}
}

func printEvents(p *page, a eventsAnswer, filtered bool, now time.Time) {
	switch {
	case len(a.Events) == 0 && filtered:
		p.line(words.Text("events.none_matches"))
		return
	case len(a.Events) == 0:
		p.line(words.Text("commands.events.none"))
		return
	}
	t := table{}
	t.add(words.Text("commands.events.column_time"), words.Text("commands.events.column_outcome"),
		words.Text("commands.events.column_id"), words.Text("commands.events.column_event"))
	for _, e := range a.Events {
		outcome := timeline.FateInLine(e.Fate, a.Paused)
		if e.CaughtUp {
			outcome = words.Text("list.next", words.Args{"Before": outcome, "Item": words.Text("events.row.caught_up")})
		}
		t.add(words.Moment(e.ReceivedAt, now), outcome, p.shortID(e.ID), p.shortTitle(e))
	}
	p.table(t)
	if a.More {
		p.gap()
		p.line(words.Text("commands.events.more"))
	}
}

// shortIDLength is how many characters of an id stand in a list on a terminal: as
// many as tell events apart.
const shortIDLength = 10

// shortID is the beginning of an id that is long, where the room is scarce.
func (p *page) shortID(id string) string {
	if p.width == 0 || len(id) <= shortIDLength+4 {
		return id
	}
	return strings.ToValidUTF8(id[:shortIDLength], "")
}

// shortTitle is the title of an event as the window's list has it, where the room is
// scarce.
func (p *page) shortTitle(e eventRow) string {
	if p.width == 0 && e.Gap == (relay.GapNote{}) {
		return e.Title
	}
	return kinds.RowTitle(relay.Summary{Role: e.Role, Type: e.Type, Title: e.Title, Note: e.Gap}).Text()
}

// flags adds the flags of f to c.
func (f *eventFilter) flags(c *cobra.Command, now time.Time) {
	set := c.Flags()
	set.StringVar(&f.Search, "search", "", words.Text("commands.events.search"))
	set.Func("type", words.Text("commands.events.type"), f.setType)
	set.Func("outcome", words.Text("commands.events.outcome"), f.setFate)
	set.Func("since", words.Text("commands.events.since"), func(text string) (err error) {
		f.Since, err = parseSince(text, now)
		return err
	})
	complete(c, "type", typeSlugs())
	complete(c, "outcome", fateNames())
}

// setType takes a type of Vast.ai with its context or without it.
func (f *eventFilter) setType(text string) error {
	f.Type = text
	if _, slug, found := strings.Cut(text, ":"); found {
		f.Type = slug
	}
	return nil
}

func (f *eventFilter) setFate(text string) error {
	if text == held {
		text = string(relay.FateWaiting)
	}
	if names := fateNames(); !slices.Contains(names, text) {
		return &useError{words.Text("commands.events.outcomes", words.Args{"Text": text, "Outcomes": words.List(names)})}
	}
	f.Fate = relay.Fate(text)
	return nil
}

func fateNames() []string {
	var names []string
	for _, fate := range timeline.Fates() {
		names = append(names, string(fate))
	}
	return append(names, held)
}

// held is how what waits is called while posting is paused.
const held = "held"

// typeSlugs are the types of events that are known.
func typeSlugs() []string {
	var slugs []string
	for _, kind := range relay.Kinds() {
		slugs = append(slugs, kind.Slug)
	}
	slices.Sort(slugs)
	return slices.Compact(slugs)
}

// complete offers values for a flag of c.
func complete(c *cobra.Command, flag string, values []string) {
	// The flag is there, which is all that can be wrong.
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}
