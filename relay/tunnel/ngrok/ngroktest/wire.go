package ngroktest

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"

	"golang.ngrok.com/muxado/v2"
)

// The types of streams, as https://pkg.go.dev/golang.ngrok.com/ngrok/v2 sends
// and understands them.
const (
	typeAuth       muxado.StreamType = 0
	typeBind       muxado.StreamType = 1
	typeUnbind     muxado.StreamType = 2
	typeProxy      muxado.StreamType = 3
	typeRestart    muxado.StreamType = 4
	typeStop       muxado.StreamType = 5
	typeUpdate     muxado.StreamType = 6
	typeSrvInfo    muxado.StreamType = 8
	typeStopTunnel muxado.StreamType = 9
)

// longestMessage bounds one JSON message, in bytes.
const longestMessage = 1 << 20

type authRequest struct {
	Version  []string
	ClientID string `json:"ClientId"`
	Extra    struct {
		Authtoken               string
		Cookie                  string
		UserAgent               string
		ClientType              string
		Version                 string
		Metadata                string
		HeartbeatInterval       int64
		HeartbeatTolerance      int64
		StopUnsupportedError    *string
		RestartUnsupportedError *string
		UpdateUnsupportedError  *string
	}
}

type authReply struct {
	Version  string
	ClientID string `json:"ClientId"`
	Error    string
	Extra    authReplyExtra
}

type authReplyExtra struct {
	Version        string
	Region         string
	Cookie         string
	AccountName    string
	PlanName       string
	AgentSessionID string
}

type bindRequest struct {
	ID         string `json:"Id"`
	Proto      string
	ForwardsTo string
	Opts       struct{ URL string }
	Extra      struct {
		Name           string
		Token          string
		Metadata       string
		Description    string
		PoolingEnabled bool
	}
}

type bindReply struct {
	ID    string `json:"Id"`
	URL   string
	Proto string
	Opts  bindOptions
	Error string
	Extra bindReplyExtra
}

type bindOptions struct{ URL string }

type bindReplyExtra struct{ Token, TunnelID string }

type unbindRequest struct {
	ID string `json:"Id"`
}

// errorReply answers Unbind, and is what an agent answers to Stop, Restart and
// Update.
type errorReply struct{ Error string }

type stopTunnelNotice struct {
	ID        string `json:"Id"`
	Message   string
	ErrorCode string
}

type serverInfo struct{ Region string }

type proxyHeader struct {
	ID             string `json:"Id"`
	ClientAddr     string
	Proto          string
	EdgeType       string
	PassthroughTLS bool
}

// readMessage reads one JSON object.
func readMessage(r io.Reader, into any) error {
	if err := json.NewDecoder(io.LimitReader(r, longestMessage)).Decode(into); err != nil {
		return fmt.Errorf("read a message: %w", err)
	}
	return nil
}

// writeMessage writes one JSON object.
func writeMessage(w io.Writer, message any) error {
	if err := json.NewEncoder(w).Encode(message); err != nil {
		return fmt.Errorf("write a message: %w", err)
	}
	return nil
}

// writeProxyHeader writes the length of the header as 8 bytes, little-endian,
// and the header.
func writeProxyHeader(w io.Writer, h proxyHeader) error {
	text, err := json.Marshal(h)
	if err != nil {
		return fmt.Errorf("encode the proxy header: %w", err)
	}
	message := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	if _, err := w.Write(append(message, text...)); err != nil {
		return fmt.Errorf("write the proxy header: %w", err)
	}
	return nil
}
