package app

import (
	"context"

	"vastrelay/app/bridge"
	"vastrelay/app/health"
	"vastrelay/app/words"
)

// Cleaner removes what the program has left at Vast.ai and on this computer.
type Cleaner struct {
	bridge *bridge.Bridge
	folder *dataFolder
}

// CleanUp deletes our webhooks at Vast.ai, after which relaying rests; with secrets
// what the keyring holds for this program; and with data the events, settings and
// logs, once the program ends. It reports each step. Errors are a Problem, and then
// nothing that comes later has been removed.
func (c *Cleaner) CleanUp(ctx context.Context, secrets, data bool, report func(health.Step)) error {
	if err := c.bridge.Webhooks().CleanUp(ctx, secrets, report); err != nil || !data {
		return err
	}
	st := health.NewSteps(report)
	st.Start(words.Text("cleanup.data"))
	c.folder.erase.Store(true)
	st.Done(words.Text("cleanup.data_at_end"))
	return nil
}
