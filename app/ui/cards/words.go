package cards

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"vastrelay/app/ui/kit"

	"vastrelay/app/credentials"
	"vastrelay/relay/tunnel"
)

// credentialWords says where the credential is and whether it works: "Saved in
// the system keyring · ada@example.net · works, checked 2 min ago".
// In a brief place it leaves out what the mark beside it says.
func credentialWords(at *Place, d credentials.Credential) string {
	place := ""
	if d.State == credentials.Missing && !at.Needed(d.Kind) {
		return notNeededWords(at, d.Kind)
	}
	if at.Demo() {
		return kit.Joined("Made up for the demo", kit.OneLine(d.Detail, 80))
	}
	switch d.State {
	case credentials.Missing:
		if at.Brief {
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
		works = "works, checked " + kit.Relative(at.Now(), d.CheckedAt)
	}
	return kit.Joined(place, kit.OneLine(d.Detail, 80), works)
}

// notNeededWords says why a credential that is missing is not needed.
func notNeededWords(at *Place, kind credentials.Kind) string {
	chosen := tunnel.Choose(at.Vendors, at.Settings().Tunnel)
	switch {
	case chosen.Credential == string(kind), kind.Optional():
		return "Not set, and not needed. " + credentialPurpose(kind)
	case chosen.Credential == "":
		return "Not needed while the public address is your own."
	default:
		return "Not needed while another tunnel provides the public address."
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
		return "Lets Vast Relay ask Vast.ai to send your notifications."
	case credentials.ChatURL:
		return "The space in which the messages appear."
	case credentials.NgrokToken:
		return "Gives this computer a public address that Vast.ai can reach."
	case credentials.CloudflaredToken:
		return "With it, cloudflared opens a tunnel of your Cloudflare account, under a host name of your own."
	case credentials.TunnelmoleKey:
		return "With a subscription, it lets you choose a subdomain of your own."
	case credentials.HeartbeatURL:
		return "It is called every 5 minutes while all works, so that a service of your choice tells you when this program no longer runs."
	default:
		return ""
	}
}

// credentialSource says where the credential is found, and the page to open;
// the page is empty where there is no single one.
// The pages: https://docs.vast.ai/ , https://ngrok.com/docs ,
// https://developers.google.com/workspace/chat/quickstart/webhooks ,
// https://tunnelmole.com/docs , https://developers.cloudflare.com/tunnel/ .
func credentialSource(kind credentials.Kind) (words, link, page string) {
	switch kind {
	case credentials.VastKey:
		return "In the Vast.ai console, make a key under Keys with just the permissions user_read and user_write, and copy it while it is shown.",
			"Open the Vast.ai keys page", "https://cloud.vast.ai/manage-keys/"
	case credentials.ChatURL:
		return "In Google Chat in a browser, open the space, click its name, then Apps & integrations, then Webhooks. Add one called Vast Relay and copy its URL. The phone app cannot do this.",
			"Open Google Chat", "https://chat.google.com/"
	case credentials.NgrokToken:
		return "Sign in at ngrok (the free plan is enough) and copy Your Authtoken from the dashboard.",
			"Open the ngrok dashboard", "https://dashboard.ngrok.com/get-started/your-authtoken"
	case credentials.CloudflaredToken:
		return "In the Cloudflare dashboard, make a tunnel for cloudflared with a public host name, and copy its token: the long text that begins with eyJ, not the command around it.",
			"Open the Cloudflare dashboard", "https://one.dash.cloudflare.com/"
	case credentials.TunnelmoleKey:
		return "Sign in at the Tunnelmole dashboard, subscribe, and copy your API key.",
			"Open the Tunnelmole dashboard", "https://dashboard.tunnelmole.com/"
	case credentials.HeartbeatURL:
		return "At Healthchecks, in Uptime Kuma (a monitor of the type Push) or at another dead man's switch, add a check that expects a call every 5 minutes, and copy its https address.",
			"Open Healthchecks", "https://healthchecks.io/"
	default:
		return "", "", ""
	}
}
