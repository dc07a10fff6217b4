package checks

import (
	"context"
	"strings"

	"vastrelay/app/health"
	"vastrelay/app/webhooks"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// Channels proves that no type of the webhooks is switched off for webhooks in the
// preferences of the account with that id: subscribed, it still would not arrive.
// Its error is the API's, or the health.Problem that names the types.
func Channels(ctx context.Context, api API, owner int64, results []webhooks.Result) error {
	prefs, err := api.Preferences(ctx, owner)
	if err != nil {
		return err
	}
	off := webhooks.ChannelsOff(prefs, results)
	if len(off) == 0 {
		return nil
	}
	for i, key := range off {
		_, slug, _ := strings.Cut(key, ":")
		off[i] = relay.TypeWords(slug)
	}
	return health.New(health.ChannelsOff, words.Args{"Types": words.List(off)})
}
