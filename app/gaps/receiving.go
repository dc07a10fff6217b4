package gaps

import (
	"context"
	"net"
	"slices"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
)

// deliveryProves is for how long a delivery proves the way although the address
// is not proven otherwise: as long as the program waits between two tests of its
// own.
const deliveryProves = 15 * time.Minute

// receives reports whether deliveries arrive and are taken, as far as a snapshot
// tells. What is wrong with Vast.ai's API or with Google Chat keeps none away.
func receives(s status.Status) bool {
	leadsHere := s.Hop(health.HopAddress).State == health.HopOK || s.AddressBefore != ""
	return takes(s) && leadsHere && slices.ContainsFunc(s.Webhooks, status.Webhook.LeadsHere)
}

// takes reports whether a delivery would be taken if it came.
func takes(s status.Status) bool {
	switch s.Phase {
	case status.Stopped, status.Standby:
		return false
	case status.Setup:
		return s.AddressBefore != ""
	default:
		return s.Disk.IsZero()
	}
}

// provenByDelivery reports whether a delivery that arrived at the given time
// proves the way at now although a snapshot does not: it came after the address
// was last known to lead here, or not to.
func provenByDelivery(s status.Status, delivered, now time.Time) bool {
	return takes(s) && delivered.After(s.Hop(health.HopAddress).Since) && now.Sub(delivered) < deliveryProves
}

// causeOf says why no delivery arrives, as a snapshot tells; network reports
// whether this computer has one.
func causeOf(s status.Status, network func() bool) relay.GapCause {
	address := s.Hop(health.HopAddress).State
	switch {
	case s.Phase == status.Stopped:
		return relay.GapNotRunning
	case !s.Disk.IsZero():
		return relay.GapDisk
	case s.Phase == status.Standby:
		return relay.GapStandby
	case s.Phase == status.Setup, s.Hop(health.HopKeyring).State == health.HopFailing:
		return relay.GapSecret
	case address != health.HopOK && !network():
		return relay.GapNetwork
	case address == health.HopFailing:
		return relay.GapTunnel
	case s.Hop(health.HopVast).State == health.HopFailing:
		return relay.GapVast // the address is proven after the key
	case address != health.HopOK:
		return relay.GapTunnel
	default:
		return relay.GapWebhook
	}
}

// mayLose reports whether what Vast.ai could not deliver in a gap of that cause may
// be lost; final says that it is told not to try again while this program is away.
func mayLose(c relay.GapCause, final bool) bool {
	switch c {
	case relay.GapDisk, relay.GapStandby:
		return false // it is asked to try again, or another computer takes it
	case relay.GapWebhook:
		return true // nothing is delivered at all
	default:
		return final
	}
}

// changedAt is when a snapshot began to say what it says, as far as it tells; the
// zero time otherwise.
func changedAt(s status.Status) time.Time {
	if address := s.Hop(health.HopAddress); address.State != health.HopOK {
		return address.Since
	}
	return time.Time{}
}

// routed reports whether this computer has a way out into a network. No packet is
// sent: to connect a UDP socket only chooses the way. The addresses are those of
// examples, https://www.rfc-editor.org/rfc/rfc5737 and
// https://www.rfc-editor.org/rfc/rfc3849 .
func routed() bool {
	var dialer net.Dialer
	for _, address := range []string{"203.0.113.1:443", "[2001:db8::1]:443"} {
		if conn, err := dialer.DialContext(context.Background(), "udp", address); err == nil {
			_ = conn.Close()
			return true
		}
	}
	return false
}
