package ticketing

import (
	"cmp"
	"net/url"
	"strings"

	"github.com/linewarden/linewarden/ticketing/notify"
	"github.com/linewarden/linewarden/ticketing/store"
)

// phrases are what a notice says first, in zh-CN and en, by its key.
var phrases = map[string][2]string{
	"dispatched":     {"派单", "Dispatched"},
	"assign":         {"指派", "Assigned"},
	"transfer":       {"转派", "Transferred"},
	"reroute":        {"定界改变，改派", "Re-routed: the verdict has changed"},
	"reject":         {"派单驳回", "Refused"},
	"restored":       {"业务恢复", "Restored"},
	"relapsed":       {"故障复发", "Down again"},
	"retest_failed":  {"复测未通过", "Re-test failed"},
	"retest_stuck":   {"复测无结论，请人工处理", "Re-test inconclusive; a person is needed"},
	"confirm":        {"请与客户确认", "Confirm with the customer"},
	"quality":        {"待质检", "Quality check"},
	"quality_return": {"质检退回", "Returned by the quality check"},
	"urge":           {"催单", "Urged"},
	"supervise":      {"督办", "Supervised"},
	"reply_due":      {"督办：请回复", "Supervised: a reply is due"},
	"suspend":        {"挂起，请审批", "Suspended; approve the pause"},
	"ask_extension":  {"申请延期", "Extension asked for"},
	"void":           {"作废", "Voided"},
	"archived":       {"归档", "Archived"},
	"premises_power": {"客户侧停电", "Customer's power is out"},
	"clock_warn":     {"时限预警", "Clock warning"},
	"clock_breach":   {"时限超期", "Clock overdue"},
}

// labels name a notice's facts, in the order in which they are written.
var labels = []struct{ key, zh, en string }{
	{"ticket", "工单", "Ticket"}, {"title", "故障", "Fault"}, {"severity", "级别", "Severity"}, {"domain", "定界", "Domain"},
	{
		"line", "专线", "Line",
	}, {"circuit", "电路代号", "Circuit"}, {"customer", "客户", "Customer"}, {"lines", "受影响专线数", "Lines affected"},
	{"began", "开始时间", "Began"}, {"group", "责任部门", "Owner"}, {"state", "状态", "State"},
	{"clock", "时限", "Clock"}, {"step", "已用百分比", "Per cent used"}, {"budget", "总时限", "Budget"}, {"due", "到期", "Due"},
	{"reason", "原因", "Reason"}, {"text", "说明", "Remarks"},
}

// words makes a message of a notice.
func (d *Desk) words(e store.PendingEffect) notify.Message {
	n := e.Notice
	lang := 0
	if strings.HasPrefix(d.language, "en") {
		lang = 1
	}
	phrase := n.Key
	if p, ok := phrases[n.Key]; ok {
		phrase = p[lang]
	}
	var text strings.Builder
	text.WriteString(phrase + "\n")
	for _, l := range labels {
		if v := n.Args[l.key]; v != "" {
			text.WriteString([2]string{l.zh, l.en}[lang] + ": " + v + "\n")
		}
	}
	if d.publicURL != "" && n.Args["ticket"] != "" {
		text.WriteString(strings.TrimSuffix(d.publicURL, "/") + "/tickets/" + url.PathEscape(n.Args["ticket"]) + "\n")
	}
	return notify.Message{
		ID: e.ID, Event: n.Key, Ticket: n.Args["ticket"], At: e.NotBefore,
		Subject: strings.TrimSpace(
			"[" + phrase + "] " + n.Args["ticket"] + " " + cmp.Or(n.Args["title"], n.Args["line"]),
		),
		Text: text.String(), Body: n.Args,
	}
}
