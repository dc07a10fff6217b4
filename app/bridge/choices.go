package bridge

import (
	"context"
	"slices"
	"strings"

	"vastrelay/app/catalogue"
	"vastrelay/app/status"
	"vastrelay/vastapi"
)

// Catalogue fetches the notification types with what is chosen; the built-in
// list when Vast.ai cannot be asked.
func (b *Bridge) Catalogue(ctx context.Context) (status.Catalogue, error) {
	api, err := b.account.client(ctx)
	if err == nil {
		var types []vastapi.NotificationType
		if types, err = api.NotificationTypes(ctx); err == nil {
			return catalogue.Group(types, b.chosenNow(), true), nil
		}
	}
	b.core.log.Info("using the built-in list of notifications", "err", err)
	return catalogue.Group(vastapi.Catalogue(), b.chosenNow(), false), nil
}

// chosenNow are the types that are chosen; while nobody has confirmed the
// settings, those that our webhooks have, which a person who saves should see.
func (b *Bridge) chosenNow() []string {
	s := b.core.o.Settings.Settings()
	chosen := chosenTypes(s)
	if !s.Unconfirmed {
		return chosen
	}
	for _, w := range b.Status().Webhooks {
		chosen = slices.DeleteFunc(slices.Clone(chosen), func(key string) bool {
			return strings.HasPrefix(key, string(w.Role)+":") && !slices.Contains(w.Types, key)
		})
		for _, key := range w.Types {
			if !slices.Contains(chosen, key) {
				chosen = append(chosen, key)
			}
		}
	}
	return chosen
}
