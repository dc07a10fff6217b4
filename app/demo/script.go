package demo

import (
	"fmt"

	"vastrelay/vastapi/vasttest"
)

// script is the demo's n-th event: a day in the life of a renter, over and
// over, with instance numbers that move on.
func script(n int) vasttest.Emission {
	day := []struct{ kind, subject, message string }{
		{"instance_created", "Your Vast.ai Instance #%d Was Created", "Instance %d (RTX 4090, 1x, $0.34/hr) is being set up.\nhttps://cloud.vast.ai/instances/"},
		{"instance_started", "Your Vast.ai Instance #%d Is Now Running", "Instance %d is up. Open it at https://cloud.vast.ai/instances/"},
		{"outbid", "Your Interruptible Instance #%d Has Been Outbid", "Someone bid 0.42 on instance %d; your bid is 0.30. The instance is paused until you raise it.\nhttps://cloud.vast.ai/instances/"},
		{"low_credit", "Your Vast.ai Balance Is Running Low", "Your credit is below $5.00 and instance %d is still running. Add credit at https://cloud.vast.ai/billing/"},
		{"instance_offline", "Your Vast.ai Instance #%d Is Offline", "The host of instance %d stopped responding. You are not charged for GPU time while it is offline."},
		{"instance_online", "Your Vast.ai Instance #%d Is Back Online", "Instance %d is reachable again."},
		{"instance_stopped", "Your Vast.ai Instance #%d Was Stopped", "Instance %d was stopped. Its storage still costs $0.02/hr."},
	}
	e := day[n%len(day)]
	instance := 48926820 + 560*(n/len(day))
	subject := e.subject
	if e.kind != "low_credit" {
		subject = fmt.Sprintf(e.subject, instance)
	}
	return vasttest.Emission{Type: "client:" + e.kind, Subject: subject, Message: fmt.Sprintf(e.message, instance)}
}
