// Package cloudflared is the vendor Cloudflare Tunnel
// (https://developers.cloudflare.com/tunnel/) of tunnels: it runs Cloudflare's
// program cloudflared as a child process. Vendor describes it.
//
// There are two kinds of tunnel. A quick tunnel needs no account and gets a new
// random name at each start. A named tunnel has a token, and a host name that
// its owner has chosen in Cloudflare's dashboard; cloudflared itself never learns
// that name, so the person enters it.
//
// cloudflared hands requests over to a local port, in plain HTTP. What it says of
// itself comes from three sources: /ready and /quicktunnel of its metrics server,
// the lines that it logs, and how it ends.
//
// # Concurrency
//
// A Tunnel runs once at a time; Restart may be called from any goroutine.
//
// # Ownership
//
// A Tunnel owns its child process, which has ended when Run returns. It dies with
// this program on every system, also when this program is killed: by the parent
// death signal on Linux, by a job object on Windows, by a watching process
// elsewhere. An orphan would keep the name of the tunnel and answer Vast.ai in
// our place.
//
// # Secrets
//
// The token is in the environment of the child alone, never on its command line.
// That environment is built anew and holds nothing else of ours. Every text of
// the child is redacted first.
package cloudflared
