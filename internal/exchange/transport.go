package exchange

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"time"
)

// longestHeader bounds the header of an answer, in bytes.
const longestHeader = 1 << 20

// transport connects to a target.
func transport(to Target, concurrency int) http.RoundTripper {
	if to.Transport != nil {
		return to.Transport
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	t := &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		MaxIdleConnsPerHost:    concurrency,
		MaxConnsPerHost:        0,
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    5 * time.Second,
		MaxResponseHeaderBytes: longestHeader,
		DialContext:            dialer.DialContext,
		// Each asks who it is anew: a connection that was let in once may no longer be.
		DisableKeepAlives: to.Uninvited,
	}
	if to.TLS != nil {
		t.TLSClientConfig = to.TLS.Clone()
	}
	if to.ConnectTo != "" {
		t.Proxy = nil
		t.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, to.ConnectTo)
		}
	}
	return t
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// HostPort is the host and port that a URL is dialled at, "" when it cannot be read.
func HostPort(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}
