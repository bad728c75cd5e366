package operate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"concord.example/concord/mocks"
	"concord.example/concord/suites/check"
)

// adminTimeout bounds one request to an admin API.
const adminTimeout = 10 * time.Second

// Admin returns operators for mocks in other processes, by the URLs of their admin APIs.
func Admin(urls map[string]string) map[string]check.Operator {
	client := &http.Client{Timeout: adminTimeout}
	switches := map[string]Switches{}
	for name, url := range urls {
		switches[name] = admin{client, strings.TrimSuffix(url, "/")}
	}
	return Mocks(switches)
}

type admin struct {
	client *http.Client
	url    string
}

func (a admin) Happen(ctx context.Context, event mocks.Event) error {
	return a.send(ctx, http.MethodPost, "/events", event)
}

func (a admin) SetFault(ctx context.Context, fault mocks.Fault) error {
	return a.send(ctx, http.MethodPut, "/fault", map[string]string{"fault": fault.String()})
}

func (a admin) send(ctx context.Context, method, path string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write the admin request: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, method, a.url+path, bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("make the admin request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := a.client.Do(request)
	if err != nil {
		return fmt.Errorf("reach the admin API: %w; check adminURL and that the mock runs with --admin", err)
	}
	defer func() { _ = response.Body.Close() }() // it was read; there is nothing more to learn
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("read the admin API's answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the admin API at %s answered %d: %s", a.url, response.StatusCode, strings.TrimSpace(string(answer)))
	}
	return nil
}
