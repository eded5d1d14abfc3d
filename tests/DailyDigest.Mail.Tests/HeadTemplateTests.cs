using System.Text;
using CsCheck;
using DailyDigest.Digests;
using DailyDigest.Mail.Mime;
using DailyDigest.Mailing;
using MimeKit;

namespace DailyDigest.Mail.Tests;

/// <summary>The headers that are filled from a template are, byte for byte, those that MimeKit writes.</summary>
public sealed class HeadTemplateTests
{
    private static readonly string[] Addresses =
    [
        "reader@example.org", "a@b.co", "first.last+news_2-x@mail.example.co.uk", "UPPER@Example.ORG",
        "a-very-long-local-part-of-an-address@an-address.example.com", "x@xn--bcher-kva.example", "1@2.example",
    ];

    private static readonly Variant Variant = new()
    {
        Language = "en",
        Sections = [],
        Subject = "Ferries, “tides” and =?utf-8?Q?x?=",
        Html = "",
        Text = "",
        Body = EncodedBody.Encode("Text __UNSUBSCRIBE__\n", "<p>Text</p>\n", []),
    };

    public static TheoryData<bool, bool> Options => new() { { true, true }, { true, false }, { false, true }, { false, false } };

    [Theory]
    [MemberData(nameof(Options))]
    public void A_filled_head_is_what_MimeKit_writes(bool feedback, bool complaints)
    {
        var options = SampleMails.Options();
        options.FeedbackSender = feedback ? "courier" : "";
        options.Complaints = complaints ? "abuse@example.com" : "";
        var messages = new Messages(options, SampleMails.Publication(), signer: null);
        foreach (var address in Addresses)
        {
            var mail = SampleMails.Mail(Variant, address, $"20261122.{address.Length}@digest.example.com") with
            {
                EnvelopeToken = new string('a', 48),
            };
            Assert.True(HeadTemplate.IsPlain(address));
            AssertSame(messages, mail);
            AssertSame(messages, mail with { Campaign = "20261123:daily:digest" });
            AssertSame(messages, mail with { Date = mail.Date.AddDays(1) });
        }
    }

    [Fact]
    public void Any_address_that_counts_as_plain_is_written_as_MimeKit_writes_it() =>
        Gen.Select(
            Gen.Char["abcXYZ019.-_+"].Array[1, 30], Gen.Char["abcXYZ019.-"].Array[1, 34],
            (local, domain) => $"{new string(local)}@{new string(domain)}").Where(HeadTemplate.IsPlain).Sample(
            address =>
            {
                using var message = new MimeMessage(new HeaderList());
                message.To.Add(new MailboxAddress(Encoding.UTF8, null, address));
                Assert.Equal($" {address}\n", Encoding.ASCII.GetString(message.Headers[0].RawValue).ReplaceLineEndings("\n"));
            },
            iter: 2_000, threads: 1);

    [Theory]
    [InlineData("jürgen@example.org")]
    [InlineData("reader@bücher.example")]
    [InlineData("\"a b\"@example.org")]
    [InlineData("a@b@example.org")]
    [InlineData("a..b@example.org")]
    [InlineData(".a@example.org")]
    [InlineData("a@example.org.")]
    [InlineData("a\r\nBcc: x@example.org")]
    [InlineData("an-address-of-more-than-sixty-letters-which-a-line-folds@mail.example.org")]
    [InlineData("@")]
    public void Other_addresses_are_left_to_MimeKit(string address) => Assert.False(HeadTemplate.IsPlain(address));

    [Theory]
    [InlineData("a b@digest.example.com")]
    [InlineData("a\r\nBcc: x@example.org")]
    [InlineData("é@digest.example.com")]
    public void A_hostile_Message_ID_adds_no_header(string id)
    {
        var messages = new Messages(SampleMails.Options(), SampleMails.Publication(), signer: null);
        var mail = SampleMails.Mail(Variant, id: id);
        using var read = SampleMails.Parse(messages.Digest(mail, Messages.Recipient(mail.To)));

        Assert.Null(read.Headers["Bcc"]);
        Assert.Equal("reader@example.org", read.To.Mailboxes.Single().Address);
    }

    private static void AssertSame(Messages messages, DigestMail mail)
    {
        var to = Messages.Recipient(mail.To);
        Assert.Equal(
            Encoding.ASCII.GetString(messages.WrittenHead(mail, to)), Encoding.ASCII.GetString(messages.Digest(mail, to).Head));
    }
}
