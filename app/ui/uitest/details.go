package uitest

import (
	"time"

	"vastrelay/app/ui/kit/kittest"
	"vastrelay/relay"
)

// Details are the events of Rows in full, by id: one for each fate there is.
func Details() map[string]relay.Detail {
	all := make(map[string]relay.Detail)
	for _, row := range Rows() {
		all[row.ID] = detailOf(row)
	}
	all["ev-009"], all["ev-006"] = Detail(), FailedDetail()
	return all
}

// eventTexts are what Vast.ai says in the events of Rows, by type.
func eventTexts() map[string]string {
	return map[string]string{
		"instance_started":  "Your instance 48927380 is now running on machine 20417. You can connect to it by SSH or open it in the console.",
		"low_credit":        "Your balance is $3.20 and lasts for about 4 hours of what is running now. Add credit, or your instances will be stopped.",
		"upcoming_downtime": "Machine 20417 has scheduled maintenance on 24 November between 06:00 and 08:00 UTC. Instances on it will be stopped and started again.",
		"webhook_test":      "This is a test notification from Vast.ai.",
		"billing_failed":    "The charge of $25.00 to the card ending in 4242 was declined by the bank. Update the card, or your instances will be stopped.",
	}
}

// detailOf makes an event of row, in the state that its fate stands for.
func detailOf(row relay.Summary) relay.Detail {
	d := relay.Detail{
		Event: relay.Event{
			ID: row.ID, Role: row.Role, Type: row.Type, Subject: row.Title, Message: eventTexts()[row.Type], UserID: 77031,
			OccurredAt: row.ReceivedAt.Add(-700 * time.Millisecond), ReceivedAt: row.ReceivedAt, Attempt: 1,
			Payload: []byte(`{"event_id":"` + row.ID + `","notif_type":"` + row.Type + `","subject":"` + row.Title + `","user_id":77031}`),
		},
		Verdict: relay.Accepted, Fate: row.Fate, StoredAt: row.ReceivedAt.Add(time.Millisecond),
	}
	switch row.Fate {
	case relay.FateRecorded:
		d.Verdict = relay.Recorded
	case relay.FateLate:
		d.Verdict = relay.Late
		d.Event.OccurredAt = row.ReceivedAt.Add(-42 * time.Minute)
	case relay.FateUnreadable:
		d.Verdict = relay.Unreadable
		d.Event.Payload = []byte("event_id=9&notif_type=outbid&subject=Instance+outbid")
	default:
		d.Posts = []relay.PostDetail{{Post: relay.Post{ID: 7, State: postState(row.Fate)}, Members: 1}}
	}
	if row.Fate == relay.FateWaiting {
		d.Posts[0].Post.Tries = 1
		d.Posts[0].Post.NotBefore = kittest.Noon.Add(90 * time.Second)
		d.Posts[0].Attempts = []relay.Attempt{{
			Number: 1, Rung: relay.RungCard, StartedAt: row.ReceivedAt.Add(20 * time.Millisecond), EndedAt: row.ReceivedAt.Add(420 * time.Millisecond),
			Result: relay.Result{Outcome: relay.ServerTrouble, Status: 503, Reason: "server_trouble", Detail: "Google Chat had an internal error.", Took: 400 * time.Millisecond},
		}}
	}
	return d
}

// postState is the state of the one post of an event with that fate.
func postState(f relay.Fate) relay.PostState {
	switch f {
	case relay.FateKept:
		return relay.Kept
	case relay.FateWaiting:
		return relay.Waiting
	default:
		return relay.Done
	}
}
