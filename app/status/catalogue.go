package status

import "vastrelay/relay"

// Catalogue is what can be chosen to be told about.
type Catalogue struct {
	Topics []Topic
	Live   bool // false: the built-in list, because Vast.ai could not be asked
}

// Topic is one group of notification types.
type Topic struct {
	Name    string // "Instance", "Billing", "Account", "Machine"
	Context relay.Context
	Types   []Choice
}

// Choice is one notification type with whether it is chosen.
type Choice struct {
	Key      string // full key, "client:outbid"
	Name     string // "Instance outbid"
	Meaning  string // one line; may be empty for a type we do not know
	Chosen   bool
	Critical bool // security-critical: its text may hold account links
}
