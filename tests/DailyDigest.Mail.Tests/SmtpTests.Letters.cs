using System.Net;
using System.Text;
using DailyDigest.Content;
using DailyDigest.Runs;
using DailyDigest.Testing.Services;

namespace DailyDigest.Mail.Tests;

/// <summary>Letters and signs that are rare arrive as they were written.</summary>
public sealed partial class SmtpTests
{
    [Theory]
    [InlineData("\u2067עברית\u2069 \u202Bx\u202C and\u200E more")]
    [InlineData("🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F \U0001FAE9 \U0001FA8E \uE000 wins")]
    [InlineData("=?utf-8?q?Hello?= is no hello")]
    [InlineData("a =?iso-8859-1?b?SGVsbG8=?=")]
    public async Task A_title_arrives_as_it_was_written_in_subject_text_and_html(string title)
    {
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        var digest = SampleMails.Of(SampleMails.Item(title, StoryKind.Article));
        var variant = (await SampleMails.Renderer().RenderAsync(digest, "en", [], Stop))!;
        await using (var session = Transport(server).OpenSession())
        {
            Assert.Equal(SendOutcome.Sent, (await session.SendAsync(SampleMails.Mail(variant), Stop)).Outcome);
        }

        await server.WaitForAsync(1, Stop);
        using var message = Read(server.Messages[0]);
        Assert.Equal(variant.Subject, message.Subject);
        Assert.StartsWith(title, message.Subject, StringComparison.Ordinal);
        Assert.Contains(title, message.TextBody!, StringComparison.Ordinal);
        Assert.Contains(title, WebUtility.HtmlDecode(message.HtmlBody!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_line_of_a_body_begins_with_the_line_that_separates_mails_in_a_file()
    {
        await using var server = await SmtpRecorder.StartAsync(new SmtpOptions(), Stop);
        var text = "From here\nFrom there to " + new string('x', 59) + "From afar\n";
        await using (var session = Transport(server).OpenSession())
        {
            await session.SendAsync(SampleMails.Notice() with { Text = text, Html = "<p>\nFrom here</p>" }, Stop);
        }

        await server.WaitForAsync(1, Stop);
        var raw = Encoding.ASCII.GetString(server.Messages[0].Raw);
        Assert.DoesNotContain("\nFrom ", raw, StringComparison.Ordinal);
        Assert.Contains("\n=46rom here", raw, StringComparison.Ordinal);
        using var message = Read(server.Messages[0]);
        Assert.Equal(text, message.TextBody!.ReplaceLineEndings("\n") + "\n");
    }
}
