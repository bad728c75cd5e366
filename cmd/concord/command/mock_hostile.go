package command

import (
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/pflag"

	"concord.example/concord/mocks"
	"concord.example/concord/mocks/hostile"
)

// hostileOptions are the flags of concord mock about behaving as real servers were seen to.
type hostileOptions struct {
	names    []string
	list     bool
	settings []hostile.Setting
}

func (h *hostileOptions) flags(f *pflag.FlagSet) {
	f.StringArrayVar(&h.names, "hostile", nil, "behave as a real server was seen to: NAME, NAME:type=Observation or NAME:patient=9990000220 (repeatable)")
	f.BoolVar(&h.list, "list-hostile", false, "list what --hostile can switch on, and stop")
}

// read reads the settings.
func (h *hostileOptions) read() error {
	for _, text := range h.names {
		setting, err := hostile.ParseSetting(text)
		if err != nil {
			return fmt.Errorf("--hostile: %w", err)
		}
		h.settings = append(h.settings, setting)
	}
	return nil
}

// secure reports whether a setting is about certificates, so that TLS is served without --tls-cert.
func (h *hostileOptions) secure() bool {
	config, _, err := hostile.TLS(time.Now(), nil, h.settings...)
	return err == nil && config != nil
}

// wrap puts the behaviours in front of a mock. The neighbour is answered as ever.
func (h *hostileOptions) wrap(server *mocks.Server) (http.Handler, error) {
	if len(h.settings) == 0 {
		return server.Handler(), nil
	}
	return hostile.Wrap(server.Handler(), hostile.Options{Base: "/fhir", Except: mocks.FromNeighbour}, h.settings...)
}

// listen serves the certificate that a setting calls for, and prints the authority that a client is to trust.
func (h *hostileOptions) listen(s streams, listener net.Listener) (net.Listener, error) {
	host, _, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", listener.Addr(), err)
	}
	config, trusted, err := hostile.TLS(time.Now(), []string{host, "localhost"}, h.settings...)
	if err != nil || config == nil {
		return listener, err
	}
	_, err = fmt.Fprintf(s.out, "The authority that a client is to trust:\n%s", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: trusted.Raw}))
	return tls.NewListener(listener, config), err
}

func listHostile(s streams) error {
	for _, b := range hostile.All() {
		owed := ""
		switch {
		case b.Rule != "" && b.Check != "":
			owed = " -> " + b.Check + " " + b.Rule
		case b.Rule+b.Check != "":
			owed = " -> " + b.Rule + b.Check
		}
		if b.Writes {
			owed += " (writes: scratch)"
		}
		if _, err := fmt.Fprintf(s.out, "%-9s  %-5s  %-33s  %s%s\n", b.Theme, b.Kind, b.Name, b.Title, owed); err != nil {
			return err
		}
	}
	return nil
}
