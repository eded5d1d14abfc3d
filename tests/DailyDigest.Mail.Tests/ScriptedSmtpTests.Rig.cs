using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DailyDigest.Mail.Smtp;
using DailyDigest.Mailing;
using DailyDigest.Runs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.Mail.Tests;

/// <summary>Scripts, and calls of the transport.</summary>
public sealed partial class ScriptedSmtpTests
{
    private static Act How(At at, string how) => new(at, how switch
    {
        "good" => at == At.Dot ? "250 2.0.0 ok\r\n" : Code(at) + " ok\r\n",
        "lines" => string.Concat(Enumerable.Repeat(Code(at) + "-more\r\n", 30)) + Code(at) + " last\r\n",
        "endless" => string.Concat(Enumerable.Repeat(Code(at) + "-x\r\n", 200_000)) + Code(at) + " x\r\n",
        "10MB" => Code(at) + " " + new string('x', 10_000_000) + "\r\n",
        "3xx" => "334 more\r\n",
        "4xx" => "451 4.3.0 later\r\n",
        "5xx" => "550 5.9.9 never\r\n",
        "421" => "421 4.3.2 closing\r\n",
        "999" => "999 what\r\n",
        "http" => "HTTP/1.1 400 Bad Request\r\n\r\n",
        "binary" => "\u0000\u00ff\u0016\u0003\r\n",
        "half" => Code(at)[..2],
        "closed" or "reset" => null,
        _ => throw new ArgumentOutOfRangeException(nameof(how), how, null),
    }, how switch { "421" or "half" or "closed" => Then.Drop, "reset" => Then.Reset, _ => Then.GoOn });

    private static string Code(At at) =>
        at switch { At.Greeting => "220", At.Auth => "235", At.Data => "354", At.Quit => "221", _ => "250" };

    private static string Word(SendResult result) => result.Outcome == SendOutcome.RelayRefused ? "refused"
        : result.Outcome.ToString().ToLowerInvariant();

    /// <summary>
    /// Sends a message. The timeout is real and short: if it passed because of a busy machine and not because of the script, the message
    /// is sent again.
    /// </summary>
    private static async Task<SendResult> SendUntilAnsweredAsync(IMailSession session, ScriptedSmtp server, FakeTimeProvider clock)
    {
        for (var tries = 1; ; tries++)
        {
            var before = server.Silences;
            var result = await session.SendAsync(SampleMails.Notice(), Stop);
            if (tries == 10 || server.Silences > before
                || !(result.Reply.Contains("did not answer within", StringComparison.Ordinal)
                    || result.Reply.Contains("no answer in time", StringComparison.Ordinal)))
            {
                return result;
            }

            clock.Advance(TimeSpan.FromMinutes(15));
        }
    }

    private static async Task UntilAsync(Func<bool> met)
    {
        while (!met())
        {
            Stop.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static X509Certificate2 Certificate(int days, string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var signed = request.CreateSelfSigned(now.AddDays(-9), now.AddDays(days));
        return X509CertificateLoader.LoadPkcs12(signed.Export(X509ContentType.Pfx), null);
    }

    private static MailOptions Options(ScriptedSmtp server, string user = "", int seconds = 60) => new()
    {
        Host = "127.0.0.1",
        Port = server.Port,
        Security = "none",
        User = user,
        Password = user.Length > 0 ? Secret : "",
        From = "news@example.com",
        TimeoutSeconds = seconds,
    };

    private static SmtpTransport Transport(MailOptions options, TimeProvider clock) =>
        new(options, SampleMails.Publication(), NullLogger<SmtpTransport>.Instance, time: clock);

    private SmtpTransport Transport(MailOptions options) => Transport(options, time);

    private SmtpTransport Transport(ScriptedSmtp server, string user = "") => Transport(Options(server, user));

    /// <summary>Keeps every log line of every level, with its values.</summary>
    private sealed class Captured : ILogger<SmtpTransport>
    {
        public List<string> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            All.Add(formatter(state, exception) + exception);
            All.AddRange((state as IEnumerable<KeyValuePair<string, object?>> ?? []).Select(pair => $"{pair.Key} {pair.Value}"));
        }
    }
}
