"""What a request is called in a letter, by language and right: it follows "your request" / "Ihr Antrag" / "您……的请求"."""

from __future__ import annotations

from law.regimes import Right

_EN: dict[Right, str] = {
    Right.ACCESS: "for access to your personal data",
    Right.ACCESS_CATEGORIES: "for information about the categories of your personal information",
    Right.RECTIFICATION: "to have your personal data corrected",
    Right.ERASURE: "to have your personal data erased",
    Right.RESTRICTION: "to have the use of your personal data restricted",
    Right.PORTABILITY: "to receive your personal data in a portable form",
    Right.OBJECTION: "to stop the use of your personal data (objection)",
    Right.OBJECTION_MARKETING: "to stop direct marketing (objection)",
    Right.AUTOMATED_DECISION: "about a decision made by automated means",
    Right.WITHDRAW_CONSENT: "to withdraw your consent",
    Right.OPT_OUT: "to opt out of the sale and sharing of your personal information",
    Right.OPT_IN: "to opt in again to the sale and sharing of your personal information",
    Right.LIMIT: "to limit the use of your sensitive personal information",
    Right.ADMT_OPT_OUT: "to opt out of automated decision-making technology",
    Right.ADMT_ACCESS: "for access to information about automated decision-making technology",
    Right.ADMT_APPEAL: "to appeal a decision made with automated decision-making technology",
    Right.ACCOUNT_CLOSURE: "to close your account",
    Right.EXPLANATION: "to have the rules explained by which your personal information is processed",
}

_DE: dict[Right, str] = {
    Right.ACCESS: "auf Auskunft über Ihre personenbezogenen Daten",
    Right.ACCESS_CATEGORIES: "auf Auskunft über die Kategorien Ihrer personenbezogenen Daten",
    Right.RECTIFICATION: "auf Berichtigung Ihrer personenbezogenen Daten",
    Right.ERASURE: "auf Löschung Ihrer personenbezogenen Daten",
    Right.RESTRICTION: "auf Einschränkung der Verarbeitung Ihrer personenbezogenen Daten",
    Right.PORTABILITY: "auf Übertragung Ihrer personenbezogenen Daten",
    Right.OBJECTION: "auf Einstellung der Verarbeitung (Widerspruch)",
    Right.OBJECTION_MARKETING: "auf Einstellung der Direktwerbung (Widerspruch)",
    Right.AUTOMATED_DECISION: "zu einer automatisierten Entscheidung",
    Right.WITHDRAW_CONSENT: "auf Umsetzung des Widerrufs Ihrer Einwilligung",
    Right.OPT_OUT: "auf Beendigung des Verkaufs und der Weitergabe Ihrer personenbezogenen Daten (Opt-out)",
    Right.OPT_IN: "auf erneute Einwilligung in Verkauf und Weitergabe Ihrer personenbezogenen Daten",
    Right.LIMIT: "auf Beschränkung der Nutzung Ihrer sensiblen personenbezogenen Daten",
    Right.ADMT_OPT_OUT: "auf Ausnahme von automatisierten Entscheidungsverfahren (Opt-out)",
    Right.ADMT_ACCESS: "auf Auskunft über automatisierte Entscheidungsverfahren",
    Right.ADMT_APPEAL: "auf Überprüfung einer automatisierten Entscheidung",
    Right.ACCOUNT_CLOSURE: "auf Schließung Ihres Kontos",
    Right.EXPLANATION: "auf Erläuterung der Regeln, nach denen Ihre personenbezogenen Daten verarbeitet werden",
}

_ZH: dict[Right, str] = {
    Right.ACCESS: "查阅、复制个人信息",
    Right.ACCESS_CATEGORIES: "查询个人信息的类别",
    Right.RECTIFICATION: "更正个人信息",
    Right.ERASURE: "删除个人信息",
    Right.RESTRICTION: "限制处理个人信息",
    Right.PORTABILITY: "转移个人信息",
    Right.OBJECTION: "停止处理个人信息（反对处理）",
    Right.OBJECTION_MARKETING: "停止直接营销（反对处理）",
    Right.AUTOMATED_DECISION: "关于自动化决策",
    Right.WITHDRAW_CONSENT: "撤回同意",
    Right.OPT_OUT: "停止出售和共享个人信息",
    Right.OPT_IN: "重新同意出售和共享个人信息",
    Right.LIMIT: "限制使用敏感个人信息",
    Right.ADMT_OPT_OUT: "不适用自动化决策技术",
    Right.ADMT_ACCESS: "了解自动化决策技术相关信息",
    Right.ADMT_APPEAL: "复核自动化决策",
    Right.ACCOUNT_CLOSURE: "注销账号",
    Right.EXPLANATION: "说明个人信息处理规则",
}

RIGHTS: dict[str, dict[Right, str]] = {"en": _EN, "de": _DE, "zh": _ZH}
