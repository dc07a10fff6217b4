package googlechat

import "vastrelay/relay"

// mark is the sign that precedes a title of that severity.
func mark(s relay.Severity) string {
	switch s {
	case relay.SeverityGood:
		return "🟢"
	case relay.SeverityAccount:
		return "🔒"
	case relay.SeverityWarning:
		return "🟠"
	case relay.SeverityCritical:
		return "🔴"
	default:
		return "🔵"
	}
}

// buttonWords are the words of the button that leads to the group's page.
func buttonWords(g relay.Group) string {
	switch g {
	case relay.GroupInstance:
		return "Open instances"
	case relay.GroupBilling:
		return "Open billing"
	case relay.GroupMachine:
		return "Open machines"
	default:
		return "Open Vast.ai"
	}
}
