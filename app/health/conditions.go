package health

import (
	"errors"
	"slices"

	"vastrelay/app/words"
)

// Code names a condition. It is stable, for programs and for the sentences of
// the condition, which stand under it in app/words.
type Code string

// Severity says what a condition asks of a person.
type Severity string

// The severities.
const (
	Passing Severity = "passing" // nothing: it is tried again by itself
	Person  Severity = "person"  // it stays until a person has acted
	Choice  Severity = "choice"  // it stays until a person has chosen, which the running program can be told
	Answer  Severity = "answer"  // why what a person just asked for was not done; the program is no worse for it
)

// The conditions: all that can be wrong with a hop, with a credential, or with
// what a person asks for. What a tunnel's vendor or Google Chat refuses comes
// with words of its own and has no code here.
const (
	VastKeyRefused         Code = "vast_key_refused"
	VastKeyMalformed       Code = "vast_key_malformed"
	VastKeyMissing         Code = "vast_key_missing"
	VastPermissionMissing  Code = "vast_permission_missing"
	VastRateLimited        Code = "vast_rate_limited"
	VastUnavailable        Code = "vast_unavailable"
	VastUnreachable        Code = "vast_unreachable"
	VastUnreachableByProxy Code = "vast_unreachable_by_proxy"
	VastIntercepted        Code = "vast_intercepted"
	VastUnexpected         Code = "vast_unexpected"
	VastInboxUnusable      Code = "vast_inbox_unusable"

	WebhookGone         Code = "webhook_gone"
	WebhookAddressTaken Code = "webhook_address_taken"
	WebhookLimit        Code = "webhook_limit"
	WebhookLimitForeign Code = "webhook_limit_foreign" // the limit, and none of the webhooks is ours
	WebhookMissing      Code = "webhook_missing"
	WebhookMoved        Code = "webhook_moved" // somebody gave it another address at Vast.ai
	ChannelsOff         Code = "channels_off"
	NoEventChosen       Code = "no_event_chosen"

	TestNotDeliverable Code = "test_not_deliverable"
	TestDeliveryFailed Code = "test_delivery_failed"
	TestNotArrived     Code = "test_not_arrived"     // a test that a person watches
	TestLost           Code = "test_lost"            // a test of the program's own
	TestSignatureWrong Code = "test_signature_wrong" // our own receiver refused it
	TestOffTime        Code = "test_off_time"        // refused for its time, which says nothing of its secret
	TestNotTaken       Code = "test_not_taken"
	TestWaits          Code = "test_waits"  // it arrived, and Google Chat takes nothing for now
	TestQueued         Code = "test_queued" // it arrived, and other messages go first
	TestUnderWay       Code = "test_under_way"
	DeliveriesAltered  Code = "deliveries_altered" // a test was refused although its secret is new

	AddressMissing   Code = "address_missing"
	AddressElsewhere Code = "address_elsewhere"
	AddressInUse     Code = "address_in_use" // by another computer
	AddressUnproven  Code = "address_unproven"
	AddressFiltered  Code = "address_filtered" // reached from here, and not by Vast.ai
	TunnelDown       Code = "tunnel_down"

	ChatURLMissing        Code = "chat_url_missing"
	ChatURLMalformed      Code = "chat_url_malformed"
	ChatRefusesEverything Code = "chat_refuses_everything"
	PostsOverdue          Code = "posts_overdue"
	PostsOfOtherSpace     Code = "posts_of_other_space"

	KeyringUnreadable         Code = "keyring_unreadable"
	KeyringAbsent             Code = "keyring_absent"
	KeyringStayedLocked       Code = "keyring_stayed_locked"
	KeyringNotCreated         Code = "keyring_not_created"
	KeyringError              Code = "keyring_error"
	CredentialsMissing        Code = "credentials_missing"
	CredentialBarred          Code = "credential_barred"
	CredentialFromEnvironment Code = "credential_from_environment"
	CredentialEmpty           Code = "credential_empty"

	HeartbeatURLMalformed Code = "heartbeat_url_malformed"
	HeartbeatRefused      Code = "heartbeat_refused" // the service does not know the URL
	HeartbeatUnreachable  Code = "heartbeat_unreachable"

	ClockUncertain Code = "clock_uncertain"
	DiskTrouble    Code = "disk_trouble" // events cannot be written
	DiskRefuses    Code = "disk_refuses"
	FileUnusable   Code = "file_unusable"
	FileDenied     Code = "file_denied"
	NoAnswer       Code = "no_answer"
	HasStopped     Code = "stopped"
	Unknown        Code = "unknown"

	ExportUnwritable Code = "export_unwritable"
	ReportUnwritable Code = "report_unwritable"

	NotificationsMissing Code = "notifications_missing" // nothing on this desktop shows any
	NotificationsRefused Code = "notifications_refused"

	EventUnknown   Code = "event_unknown"
	EventNeverDue  Code = "event_never_due" // it was not accepted, so that nothing can be posted again
	EventNotLate   Code = "event_not_late"
	EventAmbiguous Code = "event_ambiguous" // the beginning of an id that several have

	// What a command can meet on its way to the running copy.
	NotRunning       Code = "not_running"
	CopyHangs        Code = "copy_hangs"
	CopyEnded        Code = "copy_ended" // before its answer was complete
	CopyBusy         Code = "too_many_commands"
	CopyOtherVersion Code = "copy_other_version"
	SocketUntrusted  Code = "socket_untrusted"
	OutputUnwritable Code = "output_unwritable"
)

// Condition is what is declared of a code: what it asks of a person, the button
// that helps, and what does not work meanwhile.
type Condition struct {
	Code     Code
	Severity Severity
	Action   Action
	Effect   Effect
}

// Conditions returns the table of all conditions.
func Conditions() []Condition {
	return slices.Concat(receivingConditions(), otherConditions())
}

// receivingConditions are those between Vast.ai and this program.
func receivingConditions() []Condition {
	return []Condition{
		{VastKeyRefused, Person, ActionReplaceKey, MayStopReceiving},
		{VastKeyMalformed, Person, ActionReplaceKey, MayStopReceiving},
		{VastKeyMissing, Answer, ActionReplaceKey, StopsNothing},
		{VastPermissionMissing, Person, ActionReplaceKey, MayStopReceiving},
		{VastRateLimited, Passing, ActionRetry, MayStopReceiving},
		{VastUnavailable, Passing, ActionRetry, MayStopReceiving},
		{VastUnreachable, Passing, ActionRetry, MayStopReceiving},
		{VastUnreachableByProxy, Passing, ActionRetry, MayStopReceiving},
		{VastIntercepted, Passing, ActionRetry, MayStopReceiving},
		{VastUnexpected, Passing, ActionRetry, MayStopReceiving},
		{VastInboxUnusable, Answer, ActionNone, StopsNothing},

		{WebhookGone, Passing, ActionRetry, StopsReceiving},
		{WebhookAddressTaken, Person, ActionTunnelSettings, StopsReceiving},
		{WebhookLimit, Person, ActionChooseWebhook, StopsReceiving},
		{WebhookLimitForeign, Person, ActionChooseWebhook, StopsReceiving},
		{WebhookMissing, Answer, ActionRetry, StopsNothing},
		{WebhookMoved, Choice, ActionReviewEdit, StopsReceiving},
		{ChannelsOff, Passing, ActionEnableChannels, StopsSomeEvents},
		{NoEventChosen, Person, ActionSetUp, StopsReceiving},

		{TestNotDeliverable, Passing, ActionRetry, StopsReceiving},
		{TestDeliveryFailed, Passing, ActionRetry, MayStopReceiving},
		{TestNotArrived, Answer, ActionTunnelSettings, StopsNothing},
		{TestLost, Passing, ActionRetry, StopsReceiving},
		{TestSignatureWrong, Passing, ActionRetry, MayStopReceiving},
		{TestOffTime, Passing, ActionRetry, StopsSomeEvents},
		{TestNotTaken, Passing, ActionRetry, MayStopReceiving},
		{TestWaits, Answer, ActionNone, StopsNothing},
		{TestQueued, Answer, ActionNone, StopsNothing},
		{TestUnderWay, Answer, ActionNone, StopsNothing},
		{DeliveriesAltered, Passing, ActionRetry, StopsReceiving},

		{AddressMissing, Answer, ActionRetry, StopsNothing},
		{AddressElsewhere, Passing, ActionRetry, StopsReceiving},
		{AddressInUse, Answer, ActionNone, StopsNothing},
		{AddressUnproven, Passing, ActionRetry, MayStopReceiving},
		{AddressFiltered, Passing, ActionRetry, StopsReceiving},
		{TunnelDown, Passing, ActionRetry, StopsReceiving},
	}
}

// otherConditions are those of posting, of the credentials and of this computer.
func otherConditions() []Condition {
	return []Condition{
		{ChatURLMissing, Answer, ActionReplaceChatURL, StopsNothing},
		{ChatURLMalformed, Person, ActionReplaceChatURL, StopsPosting},
		{ChatRefusesEverything, Person, ActionReplaceChatURL, StopsPosting},
		{PostsOverdue, Passing, ActionRetry, StopsPosting},
		{PostsOfOtherSpace, Answer, ActionNone, StopsNothing},

		{KeyringUnreadable, Passing, ActionRetry, StopsRelaying},
		{KeyringAbsent, Passing, ActionRetry, StopsRelaying},
		{KeyringStayedLocked, Person, ActionUnlockKeyring, StopsRelaying},
		{KeyringNotCreated, Person, ActionCreateKeyring, StopsRelaying},
		{KeyringError, Passing, ActionRetry, StopsRelaying},
		{CredentialsMissing, Person, ActionSetUp, StopsRelaying},
		{CredentialBarred, Answer, ActionNone, StopsNothing},
		{CredentialFromEnvironment, Answer, ActionNone, StopsNothing},
		{CredentialEmpty, Answer, ActionNone, StopsNothing},

		{HeartbeatURLMalformed, Answer, ActionReplaceHeartbeat, StopsNothing},
		{HeartbeatRefused, Answer, ActionReplaceHeartbeat, StopsNothing},
		{HeartbeatUnreachable, Passing, ActionReplaceHeartbeat, StopsNothing},

		{ClockUncertain, Passing, ActionRetry, StopsSomeEvents},
		{DiskTrouble, Passing, ActionRetry, StopsReceiving},
		{DiskRefuses, Passing, ActionRetry, StopsReceiving},
		{FileUnusable, Passing, ActionRetry, ByHop},
		{FileDenied, Passing, ActionRetry, ByHop},
		{NoAnswer, Passing, ActionRetry, ByHop},
		{HasStopped, Answer, ActionNone, StopsNothing},

		{ExportUnwritable, Answer, ActionNone, StopsNothing},
		{ReportUnwritable, Answer, ActionNone, StopsNothing},

		{NotificationsMissing, Answer, ActionNone, StopsNothing},
		{NotificationsRefused, Answer, ActionNone, StopsNothing},

		{EventUnknown, Answer, ActionNone, StopsNothing},
		{EventNeverDue, Answer, ActionNone, StopsNothing},
		{EventNotLate, Answer, ActionNone, StopsNothing},
		{EventAmbiguous, Answer, ActionNone, StopsNothing},

		{NotRunning, Answer, ActionNone, StopsNothing},
		{CopyHangs, Answer, ActionNone, StopsNothing},
		{CopyEnded, Answer, ActionNone, StopsNothing},
		{CopyBusy, Answer, ActionNone, StopsNothing},
		{CopyOtherVersion, Answer, ActionNone, StopsNothing},
		{SocketUntrusted, Answer, ActionNone, StopsNothing},
		{OutputUnwritable, Answer, ActionNone, StopsNothing},

		{Unknown, Passing, ActionRetry, ByHop},
	}
}

// condition returns the row of code in the table.
func condition(code Code) (Condition, bool) {
	all := Conditions()
	i := slices.IndexFunc(all, func(c Condition) bool { return c.Code == code })
	if i < 0 {
		return Condition{}, false
	}
	return all[i], true
}

// New returns the Problem of a condition, in the words of the catalogue with args
// put in. Details stay empty.
func New(code Code, args ...words.Args) Problem {
	p := Problem{Code: code, Severity: Passing}
	if c, ok := condition(code); ok {
		p.Severity, p.Action = c.Severity, c.Action
	}
	p.Headline, p.Cause, p.Next = words.Condition(string(code), args...)
	return p
}

// Is reports whether err is a Problem of that condition.
func Is(err error, code Code) bool {
	p, ok := errors.AsType[Problem](err)
	return ok && p.Code == code
}

// With returns p with the technical text that Details shows.
func (p Problem) With(details string) Problem {
	p.Details = details
	return p
}

// Needs returns p mended by another button, which only a person can press.
func (p Problem) Needs(a Action) Problem {
	p.Action, p.Severity = a, Person
	return p
}
