using System.Text.Json;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace DailyDigest.DeliveryBenchmark;

/// <summary>The mail in parts, for senders that build it themselves; the reader's part stands as a mark in its links.</summary>
internal sealed record MailParts(string from, string subject, string text, string html)
{
    public const string Mark = "@@TOKEN@@";

    public static MailParts Load(string path) => JsonSerializer.Deserialize<MailParts>(File.ReadAllText(path))!;
}

/// <summary>
/// MailKit as one writes it the first time: a message built for each reader, one client per connection, connected by name and port.
/// </summary>
internal static class FirstTimer
{
    public static async Task<Measured> SendAsync(string mailPath, int port, int connections, int messages, int warmUp)
    {
        var mail = MailParts.Load(mailPath);
        await SendAsync(mail, port, connections, warmUp);
        var meters = new Meters();
        await SendAsync(mail, port, connections, messages);
        var (seconds, cpu) = meters.Read();
        return new Measured(messages, seconds, cpu, Meters.PeakMegabytes());
    }

    private static async Task SendAsync(MailParts mail, int port, int connections, int messages)
    {
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            using var client = new SmtpClient();
            await client.ConnectAsync("127.0.0.1", port, SecureSocketOptions.None);
            for (var number = Interlocked.Increment(ref next); number <= messages; number = Interlocked.Increment(ref next))
            {
                using var message = Build(mail, number);
                await client.SendAsync(message);
            }

            await client.DisconnectAsync(true);
        })));
    }

    private static MimeMessage Build(MailParts mail, int number)
    {
        var token = $"reader{number}".PadRight(56, 'x');
        var message = new MimeMessage { Subject = mail.subject };
        message.From.Add(MailboxAddress.Parse(mail.from));
        message.To.Add(new MailboxAddress("", $"reader{number}@example.com"));
        message.Headers.Add("List-Unsubscribe", $"<https://digest.example.com/unsubscribe/{token}>");
        message.Headers.Add("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
        message.Body =
            new BodyBuilder
            {
                TextBody = mail.text.Replace(MailParts.Mark, token),
                HtmlBody = mail.html.Replace(MailParts.Mark, token)
            }.ToMessageBody();
        return message;
    }
}
