using DailyDigest.Returns;
using DailyDigest.Runs;

namespace DailyDigest.Mail.Returns;

/// <summary>Says what one message is.</summary>
internal sealed class ReturnClassifier(RawReturn raw, ReturnAddresses addresses)
{
    private readonly List<Dictionary<string, string>> status = [];
    private readonly List<Dictionary<string, string>> feedback = [];
    private readonly List<Dictionary<string, string>> disposition = [];
    private readonly SignText subject = new(raw.Headers.First("Subject"));
    private string text = "";
    private string returned = "";
    private ReportText report = new("", "");
    private SignText prose = new("");

    /// <summary>Reads the parts, then decides.</summary>
    public ReturnedMail Read()
    {
        Sort();
        report = ReportText.Of(text);
        prose = new SignText(report.Prose);
        if (Complaint() is { } complaint)
        {
            return complaint;
        }

        var recipients = status.Where(IsRecipient).Select(Recipient).ToList();
        if (recipients.Count > 0)
        {
            return Result(Overall(recipients), recipients);
        }

        var isAutomatic = IsAutomatic();
        return disposition.Count > 0 ? Result(ReturnKind.AutoReply, [], Disposed())
            : IsUnsubscribe(isAutomatic) ? Result(ReturnKind.Unsubscribe, [], Sender())
            : Unstructured(isAutomatic);
    }

    private static bool IsRecipient(Dictionary<string, string> group) =>
        group.ContainsKey("Final-Recipient") || group.ContainsKey("Action") || group.ContainsKey("Status");

    private static ReturnKind Overall(List<ReturnedRecipient> recipients) =>
        recipients.Any(one => one.Kind == ReturnKind.Bounced) ? ReturnKind.Bounced
        : recipients.Any(one => one.Kind == ReturnKind.Delayed) ? ReturnKind.Delayed : ReturnKind.Delivered;

    /// <summary>Sorts the parts: fields of a report wherever they stand, prose, and what is returned.</summary>
    private void Sort()
    {
        string? html = null;
        foreach (var part in raw.Parts)
        {
            var content = part.Type is "text/plain" or "text/html" or "message/delivery-status" or "message/feedback-report"
                || part.Type.StartsWith("message/", StringComparison.Ordinal) || part.Type.StartsWith("text/", StringComparison.Ordinal)
                || part.Type == "application/octet-stream" ? part.Text() : "";
            var isStatus = part.Type is "message/delivery-status" or "message/global-delivery-status"
                || (content.Contains("Final-Recipient:", StringComparison.OrdinalIgnoreCase)
                    && content.Contains("Action:", StringComparison.OrdinalIgnoreCase) && part.Type != "text/html");
            switch (part.Type)
            {
                case "message/feedback-report":
                    feedback.AddRange(StatusFields.Read(content));
                    break;
                case "message/disposition-notification":
                    disposition.AddRange(StatusFields.Read(content));
                    break;
                case var _ when isStatus:
                    status.AddRange(StatusFields.Read(content));
                    text += part.Type == "text/plain" && text.Length == 0 ? content : "";
                    break;
                case "text/plain":
                    text += content + "\n";
                    break;
                case "text/html":
                    html ??= content;
                    break;
                case "application/octet-stream":
                    break;
                case var type when type.StartsWith("message/", StringComparison.Ordinal)
                    || type is "text/rfc822-headers" or "text/rfc822-header":
                    returned += content + "\n";
                    break;
            }
        }

        text = string.IsNullOrWhiteSpace(text) && html is not null ? HtmlText.Of(html) : text;
    }

    private ReturnedMail? Complaint()
    {
        var isReport = feedback.Count > 0;
        if (!isReport && !(subject.Has("complaint") && raw.Returned.First("Message-ID").Length > 0))
        {
            return null;
        }

        var type = feedback.Select(group => group.GetValueOrDefault("Feedback-Type")).FirstOrDefault(one => one is not null) ?? "abuse";
        if (type.Trim().ToLowerInvariant() is "not-spam" or "auth-failure" or "dmarc" or "virus" or "dkim")
        {
            return Result(ReturnKind.Other, []);
        }

        var recipient = feedback.Select(group => ReportText.AddressIn(group.GetValueOrDefault("Original-Rcpt-To"))
                ?? ReportText.AddressIn(group.GetValueOrDefault("Removal-Recipient"))).FirstOrDefault(one => one is not null)
            ?? raw.Returned.Values("X-HmXmrOriginalRecipient", "X-Original-To", "Delivered-To", "To").Select(ReportText.AddressIn)
                .FirstOrDefault(IsOther);
        return Result(ReturnKind.Complained, [], recipient);
    }

    private ReturnedRecipient Recipient(Dictionary<string, string> group)
    {
        var code = group.GetValueOrDefault("Status");
        var kind = group.GetValueOrDefault("Action")?.Trim().ToLowerInvariant() switch
        {
            { } action when action.StartsWith("delay", StringComparison.Ordinal) => ReturnKind.Delayed,
            { } action when action.StartsWith("deliver", StringComparison.Ordinal) || action.StartsWith("relay", StringComparison.Ordinal)
                || action.StartsWith("expand", StringComparison.Ordinal) => ReturnKind.Delivered,
            null or "" when code?.StartsWith('2') == true => ReturnKind.Delivered,
            _ => ReturnKind.Bounced,
        };
        var reply = group.Untyped("Diagnostic-Code");
        reply = reply is null ? report.LastReply() : MimeKit.Utils.Rfc2047.DecodeText(System.Text.Encoding.UTF8.GetBytes(reply));
        var address = ReportText.AddressIn(group.Untyped("Original-Recipient")) ?? ReportText.AddressIn(group.Untyped("Final-Recipient"));
        return new ReturnedRecipient(
            address, kind, kind == ReturnKind.Bounced ? Verdicts.OfReport(code, reply, report.Prose) : null, RefusalReasons.Clean(reply));
    }

    private ReturnedMail Unstructured(bool isAutomatic)
    {
        var failed = raw.Headers.Values("X-Failed-Recipients").Select(ReportText.AddressIn).OfType<string>().Distinct().Take(20).ToList();
        var from = raw.Headers.First("From");
        var isDaemon = ReturnSigns.IsDaemon(from) || from.Trim() == "<>" || ReturnSigns.IsDaemon(raw.Headers.First("Return-Path"))
            || ReturnSigns.Has("report", raw.Headers.First("Content-Type"));
        var isFailed = subject.Has("failed");
        var isOfSystem = isDaemon || raw.Headers.First("Return-Path") == "<>";
        var isAuto = subject.Has("auto");
        if (failed.Count == 0 && (isDaemon || (isFailed && !isAuto))
            && (subject.Has("late") || (!isFailed && prose.Has("late"))))
        {
            return Result(ReturnKind.Delayed, [new ReturnedRecipient(InProse(), ReturnKind.Delayed, null, null)]);
        }

        if (failed.Count > 0 || (isFailed && (isDaemon || (isOfSystem && !isAuto)))
            || (isOfSystem && raw.Returned.First("From").Length > 0 && prose.Has("failure"))
            || ((isDaemon || (isFailed && !isAuto)) && (prose.Has("failure") || report.LastReply() is not null)))
        {
            var reply = report.LastReply();
            var verdict = OfProse(reply);
            return Result(
                ReturnKind.Bounced,
                [.. (failed.Count > 0 ? failed : [InProse()!]).Select(address =>
                    new ReturnedRecipient(address, ReturnKind.Bounced, verdict, RefusalReasons.Clean(reply)))]);
        }

        return !isDaemon && (subject.Has("challenge") || prose.Has("challenge"))
            ? Result(ReturnKind.Challenge, [], Sender())
            : isAutomatic || isAuto ? Result(ReturnKind.AutoReply, [], Sender())
            : Result(ReturnKind.Other, []);
    }

    /// <summary>
    /// The verdict of prose. It may be about several recipients, or the server may not know: a mailbox that may only be full is full.
    /// </summary>
    private Verdict OfProse(string? reply)
    {
        var verdict = Verdicts.OfReport(null, reply, report.Prose + "\n" + ReturnSigns.CauseIn(subject.Text));
        return verdict.IsPermanent && Verdicts.Phrases.Find(prose.Prepared, label => label == "mailbox-full") is not null
            ? new Verdict("mailbox-full") : verdict;
    }

    /// <summary>RFC 3834, and the usual signs without it. "bulk" and "junk" alone are also on newsletters.</summary>
    private bool IsAutomatic()
    {
        var submitted = raw.Headers.First("Auto-Submitted").ToLowerInvariant();
        var precedence = raw.Headers.First("Precedence").ToLowerInvariant();
        var answers = raw.Headers.First("Return-Path") == "<>" || raw.Headers.Values("In-Reply-To", "References").Any();
        return submitted.StartsWith("auto-", StringComparison.Ordinal)
            || raw.Headers.Values("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Reply-From", "X-Mail-Autoreply").Any()
            || precedence.StartsWith("auto", StringComparison.Ordinal)
            || (answers && (precedence is "bulk" or "junk" || raw.Headers.First("X-Auto-Response-Suppress").Length > 0));
    }

    private bool IsUnsubscribe(bool isAutomatic) =>
        addresses.Unsubscribe is { } unsubscribe
        && !(isAutomatic && raw.Headers.First("Auto-Submitted").StartsWith("auto-replied", StringComparison.OrdinalIgnoreCase))
        && !ReturnSigns.IsDaemon(raw.Headers.First("From"))
        && raw.Headers.Values("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "To", "Cc")
            .Any(value => ReturnEvidence.HasToken(value, unsubscribe));

    private string? InProse() => report.Recipient(IsOther)
        ?? raw.Returned.Values("X-Original-To", "Delivered-To", "To").Select(ReportText.AddressIn).FirstOrDefault(IsOther)
        ?? StatusFields.Read(report.Returned).Select(group => ReportText.AddressIn(group.GetValueOrDefault("To"))).FirstOrDefault(IsOther);

    private string? Sender() => ReportText.AddressIn(raw.Headers.First("From"));

    private string? Disposed() =>
        disposition.Select(group => ReportText.AddressIn(group.Untyped("Final-Recipient"))).FirstOrDefault(one => one is not null);

    /// <summary>True for an address that is neither ours nor a mail system's.</summary>
    private bool IsOther(string? address) =>
        address is { Length: <= 320 } && !ReturnSigns.IsDaemon(address[..address.IndexOf('@', StringComparison.Ordinal)])
        && !IsOurs(address, addresses.Bounces) && !(addresses.Unsubscribe is { } other && IsOurs(address, other));

    private static bool IsOurs(string address, string ours) =>
        address.EndsWith(ours[ours.LastIndexOf('@')..], StringComparison.OrdinalIgnoreCase)
        && address.StartsWith(ours[..ours.LastIndexOf('@')], StringComparison.OrdinalIgnoreCase);

    private ReturnedMail Result(ReturnKind kind, IReadOnlyList<ReturnedRecipient> recipients, string? address = null)
    {
        var fields = feedback.Concat(status).Concat(disposition).SelectMany(group => group.Select(field => $"{field.Key}: {field.Value}"));
        var people = recipients.Select(one => one.Address).Where(one => one is not null).Append(address).Where(one => one is not null);
        var candidates = ReturnEvidence.Find(raw, fields, $"{string.Join('\n', fields)}\n{returned}\n{text}", people);
        return new ReturnedMail(kind)
        {
            Recipients = recipients,
            Candidates = candidates,
            SaysEnough = status.Count + feedback.Count > 0 && candidates.Any(one => one.Proof == ReturnProof.Token),
            IsCut = raw.IsCut,
        };
    }
}
