using System.Text;
using CsCheck;
using DailyDigest.Content;
using DailyDigest.Mail.Mime;
using MimeKit;

namespace DailyDigest.Mail.Tests;

/// <summary>Random subjects, 100 seconds with DAILYDIGEST_LONG=1, two otherwise. A failure prints the subject and a seed.</summary>
public sealed class SubjectFuzzTests
{
    private static readonly bool Long = Environment.GetEnvironmentVariable("DAILYDIGEST_LONG") == "1";

    private static readonly Gen<string> Subjects = Gen.OneOf<string>(
        Gen.OneOf<string>(
            " ", "  ", "=?", "?=", "=?utf-8?Q?x?=", "=?utf-8?B?eA==?=", "=", "?", "_", "é", "خبر", "新聞", "👩‍👩‍👧",
            "🏴󠁧󠁢󠁷󠁬󠁳󠁿", "\u200F", "\u2068", "\u2069", "\uE000", "\uD83D", "\r\n", "\r\nBcc: x@example.com", "\t", "\0", ",", ";",
            "\"", "<a@b.example>", "(", ":", "%", "\u00A0", "\u2028"),
        Gen.Char.AlphaNumeric.Select(one => one.ToString()), Gen.String[Gen.Char, 0, 40]).List[0, 20].Select(parts => string.Concat(parts));

    [Fact]
    public void A_subject_arrives_with_every_letter()
    {
        var messages = new Messages(SampleMails.Options(), SampleMails.Publication(), signer: null);
        var to = new MailboxAddress("", "reader@example.org");
        Subjects.Sample(
            subject =>
            {
                // The title of a story is such a line.
                var line = ContentText.Line(subject, 300);
                var mail = messages.Notice(SampleMails.Notice() with { Subject = line }, to);
                using var read = SampleMails.Parse(mail);
                Assert.Equal(ContentText.OneLine(line).Trim(), read.Subject);
                Assert.Single(read.To);
                Assert.Empty(read.Bcc);
                Assert.All(Encoding.UTF8.GetString(mail.Head).Split("\r\n"), row => Assert.InRange(row.Length, 0, 998));
            },
            time: Long ? 100 : 1, threads: 1);
    }
}
