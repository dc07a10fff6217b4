package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"vastrelay/app/ui/kit"

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
		return kit.Joined("Made up for the demo", kit.OneLine(d.Detail, 80))
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
		works = "works, checked " + kit.Relative(u.env.Now(), d.CheckedAt)
	}
	return kit.Joined(place, kit.OneLine(d.Detail, 80), works)
}

// credentialMark is the mark before a credential that is needed now, or not yet.
func credentialMark(d credentials.Credential, needed bool) fyne.Resource {
	switch {
	case d.Problem != nil:
		return kit.Mark("credential-bad", kit.ShapeTriangle, theme.ColorNameError)
	case d.State == credentials.Unreadable:
		return kit.Mark("credential-locked", kit.ShapeTriangle, theme.ColorNameWarning)
	case d.State == credentials.Missing && !needed:
		return kit.Mark("credential-later", kit.ShapeRing, theme.ColorNamePlaceHolder)
	case d.State == credentials.Missing:
		return kit.Mark("credential-missing", kit.ShapePlus, theme.ColorNamePrimary)
	case d.CheckedAt.IsZero():
		return kit.Mark("credential-untried", kit.ShapeRing, theme.ColorNamePlaceHolder)
	default:
		return kit.Mark("credential-works", kit.ShapeTickDisc, theme.ColorNameSuccess)
	}
}
