using DailyDigest.Runs;
using DailyDigest.Tests.Codebase;

namespace DailyDigest.Tests.Runs;

/// <summary>The meaning of replies in reports.</summary>
public sealed class VerdictTests
{
    private static readonly string[] AboutUs = ["login", "account", "relaying", "machine", "listed"];

    [Theory]
    [InlineData(null, "550 5.1.1 user unknown", "no-such-user")]
    [InlineData("4.1.1", "550 5.1.1 user unknown", "temporary")]
    [InlineData("5.1.1", "450 4.1.1 user unknown", "temporary")]
    [InlineData("5.7.1", "550 5.7.1 <a@b.example>... user unknown", "no-such-user")]
    [InlineData("5.0.0", "552 storage exceeded", "mailbox-full")]
    [InlineData("5.2.2", "no", "mailbox-full")]
    [InlineData("5.0.0", "554 Your access has been rejected due to the sending server's poor reputation, unknown user", "policy")]
    [InlineData("5.4.1", "550 5.4.1 Recipient address rejected: Access denied. [AM5EUR03]", "policy")]
    [InlineData("5.4.1", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)", "no-such-user")]
    [InlineData("5.4.4", "Host or domain name not found. Name service error for name=x.example type=A: Host not found", "no-such-user")]
    [InlineData("5.4.4", "unable to look up host", "relay-trouble")]
    [InlineData("5.7.1", "554 5.7.1 <a@b.example>: Relay access denied", "policy")]
    [InlineData("5.2.1", "550 5.2.1 The account is disabled", "mailbox-disabled")]
    [InlineData("5.2.1", "550 5.2.1 The account is temporarily disabled", "temporary")]
    [InlineData("5.0.0", "550 Account has been suspended", "mailbox-disabled")]
    [InlineData("5.7.1", "550 5.7.1 Greylisted for 5 minutes", "temporary")]
    [InlineData("5.1.10", "556 5.1.10 Recipient address has null MX", "no-such-user")]
    [InlineData("5.7.133", "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required", "policy")]
    [InlineData("5.7.1", "550 5.7.1 refused by DMARC policy of the sender domain, not found", "policy")]
    [InlineData("5.7.1", "550 5.7.1 rate limit exceeded", "policy")]
    [InlineData("5.4.6", "554 5.4.6 Too many hops", "relay-trouble")]
    [InlineData("5.4.7", "Message expired; last reply: 450 4.1.1 user unknown", "relay-trouble")]
    [InlineData("5.0.0", "554 virus found", "content-refused")]
    [InlineData("5.7.1", "550 attachments of this type are refused", "content-refused")]
    [InlineData("5.7.1", "550 The message contains a URL listed in user-unknown.example", "policy")]
    [InlineData("5.1.8", "553 5.1.8 Sender address rejected: Domain not found", "sender-refused")]
    [InlineData("5.0.0", "550 rejected", "other")]
    [InlineData("5.4.1", "550 [<a@b.example>: Recipient address rejected: Access denied [AM5.prod.protection.outlook.com]", "no-such-user")]
    [InlineData("5.1.7", "550 5.1.7 No such domain news.example.com", "sender-refused")]
    [InlineData("5.7.27", "550 This host does not accept mail", "no-such-user")]
    [InlineData("5.1.3", "553 http://www.spamhaus.example/query?ip=192.0.2.1 https://spamhaus.org/x", "policy")]
    [InlineData("5.1.1", "550 5.1.1 Refused due to recipient preferences", "policy")]
    [InlineData("5.0.0", "the MX record indicated no SMTP service", "no-such-user")]
    [InlineData("5.0.0", "No MX record found for domain=reader.example", "no-such-user")]
    [InlineData("5.0.0", "deliver: couldn't create /var/mail/reader: id: No such user", "relay-trouble")]
    [InlineData("5.0.0", "Unable to deliver this message after multiple retries", "relay-trouble")]
    [InlineData("5.0.0", "メールボックスが一杯です", "mailbox-full")]
    [InlineData(null, null, "other")]
    [InlineData("4.0.0", null, "temporary")]
    [InlineData("5.0.0", "550 host 5.1.1.20 said nothing", "other")]
    [InlineData("5.0.0", "550 <user.unknown@mailbox-not-found.example> refused", "other")]
    [InlineData("5.0.0", "550 see https://user-unknown.example/no such user", "other")]
    [InlineData("5.0.0", "550 почтовый ящик переполнен", "mailbox-full")]
    [InlineData("5.0.0", "550 Пользователь не найден", "no-such-user")]
    [InlineData("5.0.0", "550 The recipient can’t be found", "no-such-user")]
    [InlineData("5.0.0", "550 \ud800 \0 user unknown", "no-such-user")]
    public void A_reply_in_a_report_has_its_reason(string? status, string? reply, string reason) =>
        Assert.Equal(reason, Verdicts.OfReport(status, reply).Reason);

    [Fact]
    public void Only_two_reasons_are_permanent() =>
        Assert.Equal(
            [RefusalReasons.NoSuchUser, RefusalReasons.MailboxDisabled],
            RefusalReasons.All.Where(reason => new Verdict(reason).IsPermanent));

    [Fact]
    public void Each_line_of_the_tables_has_a_known_reason()
    {
        Assert.Empty(Verdicts.Phrases.Labels.Except(RefusalReasons.All).Except(AboutUs));
        Assert.Empty(Verdicts.Codes.Reasons.Except(RefusalReasons.All));
    }

    [Fact]
    public void A_phrase_is_short_enough_to_be_reviewed() =>
        Assert.All(Repository.Read("src/DailyDigest/Runs/Verdicts/phrases.txt").Split('\n'), line => Assert.InRange(line.Length, 0, 250));

    [Fact]
    public void The_page_about_returns_has_each_reason() =>
        Assert.All(
            RefusalReasons.All,
            reason => Assert.Contains($"| `{reason}` |", Repository.Read("docs/returns.md"), StringComparison.Ordinal));

    [Theory]
    [InlineData("user unknown", "user unknown", true)]
    [InlineData("user unknown", "superuser unknown", false)]
    [InlineData("user unknown", "User \t UNKNOWN.", true)]
    [InlineData("user .. unknown", "user a b c unknown", true)]
    [InlineData("user .. unknown", "user a b c d e unknown", false)]
    [InlineData("user ... unknown", "user a b c d e unknown", true)]
    [InlineData("grey* now", "greylisting now", true)]
    [InlineData("(user|box) is (very |) full", "the box is full", true)]
    [InlineData("(user|box) is (a |) .. full", "box is quite full", true)]
    [InlineData("naïve", "NAIVE", true)]
    [InlineData("不存在", "用户不存在。", true)]
    public void A_phrase_is_found_as_its_syntax_says(string phrase, string text, bool found) =>
        Assert.Equal(found, PhraseTable.Read("x  " + phrase).Find(ReplyText.Prepare(text)) is not null);

    [Theory]
    [InlineData("other")]
    [InlineData("other  (a|b")]
    [InlineData("other  * a")]
    public void A_line_that_cannot_be_read_is_refused(string line) => Assert.Throws<FormatException>(() => PhraseTable.Read(line));
}
