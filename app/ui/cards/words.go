package cards

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"vastrelay/app/credentials"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
	"vastrelay/relay/tunnel"
)

// credentialWords says where the credential is and whether it works: "Saved in
// the system keyring · ada@example.net · works, checked 2 min ago".
// In a brief place it leaves out what the mark beside it says.
func credentialWords(at *Place, d credentials.Credential) string {
	place := ""
	if d.State == credentials.Missing && d.Problem == nil && !at.Needed(d.Kind) {
		return notNeededWords(at, d.Kind)
	}
	if at.Demo() {
		return kit.Joined(words.Text("cards.state.demo"), kit.OneLine(d.Detail.Text(), 80))
	}
	switch d.State {
	case credentials.Missing:
		if at.Brief {
			return credentialPurpose(d.Kind)
		}
		return words.Text("cards.state.missing", words.Args{"Purpose": credentialPurpose(d.Kind)})
	case credentials.InKeyring:
		place = words.Text("cards.state.in_keyring")
	case credentials.InMemory:
		place = words.Text("cards.state.in_memory")
	case credentials.FromEnvironment:
		place = words.Text("cards.state.environment")
	case credentials.Unreadable:
		return words.Text("cards.state.unreadable")
	}
	works := words.Text("cards.state.unchecked")
	switch {
	case d.Problem != nil:
		works = ""
	case !d.CheckedAt.IsZero():
		works = words.Text("cards.state.works", words.Args{"Ago": kit.Relative(at.Now(), d.CheckedAt)})
	}
	return kit.Joined(place, kit.OneLine(d.Detail.Text(), 80), works)
}

// notNeededWords says why a credential that is missing is not needed.
func notNeededWords(at *Place, kind credentials.Kind) string {
	chosen := at.Tunnel()
	switch {
	case chosen.Credential == string(kind), kind.Optional():
		return words.Text("cards.state.optional", words.Args{"Purpose": credentialPurpose(kind)})
	case chosen.Credential == "":
		return words.Text("cards.state.own_address")
	default:
		return words.Text("cards.state.other_tunnel")
	}
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

// credentialPurpose says in one sentence what it is needed for.
func credentialPurpose(kind credentials.Kind) string {
	switch kind {
	case credentials.VastKey:
		return words.Text("cards.purpose.vast_key")
	case credentials.ChatURL:
		return words.Text("cards.purpose.chat_url")
	case credentials.NgrokToken:
		return words.Text("cards.purpose.ngrok_token")
	case credentials.CloudflaredToken:
		return words.Text("cards.purpose.cloudflared_token")
	case credentials.TunnelmoleKey:
		return words.Text("cards.purpose.tunnelmole_key")
	case credentials.HeartbeatURL:
		return words.Text("cards.purpose.heartbeat_url")
	default:
		return ""
	}
}

// credentialSource says where the credential is found, and the page to open;
// the page is empty where there is no single one.
// The pages: https://docs.vast.ai/ , https://ngrok.com/docs ,
// https://developers.google.com/workspace/chat/quickstart/webhooks ,
// https://tunnelmole.com/docs , https://developers.cloudflare.com/tunnel/ .
func credentialSource(kind credentials.Kind) (text, link, page string) {
	switch kind {
	case credentials.VastKey:
		return words.Text("cards.source.vast_key"), words.Text("cards.page.vast_key"), "https://cloud.vast.ai/manage-keys/"
	case credentials.ChatURL:
		return words.Text("cards.source.chat_url"), words.Text("cards.page.chat_url"), "https://chat.google.com/"
	case credentials.NgrokToken:
		return words.Text("cards.source.ngrok_token"), words.Text("cards.page.ngrok_token"), "https://dashboard.ngrok.com/get-started/your-authtoken"
	case credentials.CloudflaredToken:
		return words.Text("cards.source.cloudflared_token"), words.Text("cards.page.cloudflared_token"), "https://one.dash.cloudflare.com/"
	case credentials.TunnelmoleKey:
		return words.Text("cards.source.tunnelmole_key"), words.Text("cards.page.tunnelmole_key"), "https://dashboard.tunnelmole.com/"
	case credentials.HeartbeatURL:
		return words.Text("cards.source.heartbeat_url"), words.Text("cards.page.heartbeat_url"), "https://healthchecks.io/"
	default:
		return "", "", ""
	}
}

// InLanguage returns the vendors with their texts in the language in use. A text that
// the catalogue does not have stays as the vendor's package words it, which works
// without the catalogue.
func InLanguage(vendors []tunnel.Vendor) []tunnel.Vendor {
	vendors = slices.Clone(vendors)
	for i := range vendors {
		v := &vendors[i]
		translate(&v.Title, v.Name, "title")
		translate(&v.AwayCost, v.Name, "away")
		translate(&v.Remark, v.Name, "remark")
		v.Fields = slices.Clone(v.Fields)
		for j := range v.Fields {
			f := &v.Fields[j]
			translate(&f.Label, v.Name, f.Key+".label")
			translate(&f.Hint, v.Name, f.Key+".hint")
		}
	}
	return vendors
}

// translate puts the translation of a part of a vendor's texts in its place.
func translate(text *string, vendor, part string) {
	if translated, ok := words.Tunnel(vendor, part); ok && *text != "" {
		*text = translated.Text()
	}
}
