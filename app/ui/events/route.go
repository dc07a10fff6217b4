package events

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"vastrelay/app/kinds"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// Routes say of which types events are posted. They are safe for concurrent use.
type Routes interface {
	// Posts reports whether events of that type are posted, and not only kept in
	// the history.
	Posts(k relay.Kind) bool
	// SetPosts chooses that for the events that are yet to come.
	SetPosts(ctx context.Context, k relay.Kind, yes bool) error
}

// typeRoute stands below what can be done with an event: whether events of its type
// are posted, and the button that changes that.
type typeRoute struct {
	pane   *detailPane
	kind   relay.Kind
	action *kit.AsyncAction
	box    *fyne.Container
}

// routeFor returns the route of the type of ev; nil for an event whose type has
// none: the program's own, tests, and those without a type.
func (p *detailPane) routeFor(ev relay.Event) *typeRoute {
	if ev.Own() || ev.Type == relay.TestType || ev.Type == "" {
		return nil
	}
	kind := relay.KindOf(ev.Role, ev.Type)
	if p.route == nil || p.route.kind.Key() != kind.Key() {
		p.route = newTypeRoute(p, kind)
	}
	p.route.arrange()
	return p.route
}

func newTypeRoute(p *detailPane, kind relay.Kind) *typeRoute {
	r := &typeRoute{pane: p, kind: kind}
	r.action = kit.NewAsyncAction(p.v.deps.Env, kit.PlainButton("", nil, r.tapped), words.Text("failed.save_settings"))
	r.box = container.NewVBox(r.action.Words, container.NewHBox(r.action.Button), r.action.Failed)
	return r
}

// arrange says what is in force.
func (r *typeRoute) arrange() {
	if r.action.Running {
		return
	}
	if r.pane.v.deps.Routes.Posts(r.kind) {
		r.action.Button.SetText(words.Text("route.stop"))
		if !r.action.Done {
			r.action.Say("")
		}
		return
	}
	r.action.Button.SetText(words.Text("route.start"))
	r.action.Say(words.Text("route.history_only", words.Args{"Type": kit.OneLine(kinds.Name(r.kind.Role, r.kind.Slug).Text(), kit.MaxLine)}))
}

// tapped changes what is in force.
func (r *typeRoute) tapped() {
	routes, kind := r.pane.v.deps.Routes, r.kind
	yes := !routes.Posts(kind)
	r.action.Run(func(ctx context.Context) (string, error) {
		err := routes.SetPosts(ctx, kind, yes)
		return words.Text("route.posted", words.Args{"Type": kit.OneLine(kind.Name, kit.MaxLine)}), err
	}, func(error) { r.arrange() })
}
