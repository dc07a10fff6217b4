package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"vastrelay/app/credentials"
)

// credentialWords says where the credential is and whether it works: "Saved in
// the system keyring · ada@example.net · works, checked 2 min ago".
// brief leaves out what the mark beside it says.
func credentialWords(u *UI, d credentials.Credential, brief bool) string {
	place := ""
	if d.State == credentials.Missing && !neededCredential(d.Kind, u.o.Backend.Settings(), u.o.Vendors) {
		return "Not needed while the public address is your own."
	}
	if u.o.Backend.Status().Demo {
		return joined("Made up for the demo", oneLine(d.Detail, 80))
	}
	switch d.State {
	case credentials.Missing:
		if brief {
			return credentialPurpose(d.Kind)
		}
		return "Not set. " + credentialPurpose(d.Kind)
	case credentials.InKeyring:
		place = "Saved in the system keyring"
	case credentials.InMemory:
		place = "Kept for this run only, because there is no keyring"
	case credentials.FromEnvironment:
		place = "Given by the environment for this run; it cannot be changed here"
	case credentials.Unreadable:
		return "Cannot be read: the system keyring is locked or has no collection"
	}
	works := "not checked in this run"
	switch {
	case d.Problem != nil:
		works = ""
	case !d.CheckedAt.IsZero():
		works = "works, checked " + relative(u.env.now(), d.CheckedAt)
	}
	return joined(place, oneLine(d.Detail, 80), works)
}

// credentialMark is the mark before a credential that is needed now, or not yet.
func credentialMark(d credentials.Credential, needed bool) fyne.Resource {
	switch {
	case d.Problem != nil:
		return mark("credential-bad", shapeTriangle, theme.ColorNameError)
	case d.State == credentials.Unreadable:
		return mark("credential-locked", shapeTriangle, theme.ColorNameWarning)
	case d.State == credentials.Missing && !needed:
		return mark("credential-later", shapeRing, theme.ColorNamePlaceHolder)
	case d.State == credentials.Missing:
		return mark("credential-missing", shapePlus, theme.ColorNamePrimary)
	case d.CheckedAt.IsZero():
		return mark("credential-untried", shapeRing, theme.ColorNamePlaceHolder)
	default:
		return mark("credential-works", shapeTickDisc, theme.ColorNameSuccess)
	}
}
