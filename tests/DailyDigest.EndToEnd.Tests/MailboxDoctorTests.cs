using System.Globalization;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Returns;
using DailyDigest.Server.Commands;
using DailyDigest.Testing.Services;
using Microsoft.Extensions.DependencyInjection;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>The words of doctor and status about a mailbox that is wrong, on a real Dovecot.</summary>
public sealed class MailboxDoctorTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_doctor_names_the_setting_of_the_mailbox_to_change()
    {
        await using var dovecot = await Dovecot.StartAsync(Cancellation);
        using var publication = new PublicationFixture(smtpPort: 1);
        publication.Settings["Mail__PickupFolder"] = publication.Folder;
        Mailbox("Host", "127.0.0.1");
        Mailbox("Port", dovecot.ImapPort.ToString(CultureInfo.InvariantCulture));
        Mailbox("User", Dovecot.User);
        Mailbox("Password", Dovecot.Password);
        Mailbox("CertificateSha256", dovecot.Fingerprint);
        Mailbox("TimeoutSeconds", "1");

        Assert.Equal(
            [
                $"mailbox connect: OK: 127.0.0.1:{dovecot.ImapPort}", "mailbox login: OK: accepted",
                "mailbox folder: OK: it can be read and changed",
                "mailbox token: warning: Mail__Bounces is not set: no mail has a token in its envelope address, and many reports prove "
                    + "nothing",
            ],
            (await LinesAsync()).Where(line => !line.StartsWith("mailbox TLS: OK: ", StringComparison.Ordinal)));
        publication.Settings["Mail__Bounces"] = "bounces@mail.example.com";

        await FailsAsync("Password", "wrong", "mailbox login: FAILED: login refused: ", "Check Mailbox__User and Mailbox__Password");
        await FailsAsync("Folder", "Nowhere", "mailbox folder: FAILED: there is no folder Nowhere. ", "Set Mailbox__Folder");
        await FailsAsync(
            "CertificateSha256", "", "mailbox TLS: FAILED: TLS failed: the certificate is for mailbox.test, and not for 127.0.0.1. ",
            "It must be valid for Mailbox__Host, or be the one of Mailbox__CertificateSha256");
        await FailsAsync("Security", "starttls", "mailbox TLS: FAILED: ", "Mailbox__Security is starttls: if this port speaks TLS");
        await FailsAsync("Protocol", "pop3", "mailbox TLS: FAILED: ", "Change Mailbox__Protocol or Mailbox__Port: the protocol is pop3");
        await FailsAsync("Port", "1", "mailbox connect: FAILED: ", "Check Mailbox__Host and Mailbox__Port");
        await using var plain = await SmtpRecorder.StartAsync(new SmtpOptions { Security = SmtpSecurity.None }, Cancellation);
        await FailsAsync(
            "Port", plain.Port.ToString(CultureInfo.InvariantCulture), "mailbox TLS: FAILED: TLS failed: the server did not answer",
            "If this port begins in plain text (143, 110), set Mailbox__Security to starttls");

        publication.Settings["Mail__From"] = "";
        Assert.Equal(["mailbox everything: not checked: settings are invalid"], await LinesAsync());

        void Mailbox(string name, string value) => publication.Settings["Mailbox__" + name] = value;

        async Task FailsAsync(string name, string value, string finding, string advice)
        {
            var right = publication.Settings.GetValueOrDefault("Mailbox__" + name);
            Mailbox(name, value);
            var line = Assert.Single(await LinesAsync(), line => line.Contains(": FAILED: ", StringComparison.Ordinal));
            Assert.StartsWith(finding, line, StringComparison.Ordinal);
            Assert.Contains(". " + advice, line, StringComparison.Ordinal);
            publication.Settings.Remove("Mailbox__" + name);
            if (right is not null)
            {
                Mailbox(name, right);
            }
        }

        // No question leaves the machine.
        async Task<List<string>> LinesAsync() => [.. (await CommandsTests.RunAsync(publication, ["doctor"], builder => builder.Services
            .AddSingleton(new TxtLookup((_, _) => Task.FromResult<IReadOnlyList<string>?>(null)))
            .AddSingleton(new MxLookup((_, _) => Task.FromResult<IReadOnlyList<string>?>(null))))).Output.Split('\n')
            .Where(line => line.StartsWith("mailbox ", StringComparison.Ordinal))];
    }

    [Fact]
    public void Status_says_what_is_wrong_with_the_mailbox_from_the_first_time_on()
    {
        var now = new DateTimeOffset(2026, 3, 10, 7, 0, 0, TimeSpan.Zero);
        var well = new MailboxState { LastRead = now.AddMinutes(-2), Next = now.AddMinutes(3) };
        Assert.Empty(MailboxLines.Of(well, "mail:993", now));
        Assert.Empty(MailboxLines.Of(well with { Next = now.AddMinutes(-20) }, "mail:993", now));
        Assert.Equal(
            ["mailbox mail:993 was to be read at 2026-03-10 06:39 UTC: no program that reads it runs"],
            MailboxLines.Of(well with { Next = now.AddMinutes(-21) }, "mail:993", now));
        Assert.Equal(
            ["mailbox mail:993 was never read: serve reads it, and so does returns read"],
            MailboxLines.Of(new MailboxState(), "mail:993", now));
        Assert.Equal(
            [
                "mailbox mail:993 cannot be read since 2026-03-10 06:59 UTC: login refused; next try at 2026-03-10 07:01 UTC "
                    + "(doctor checks it)",
                "1,234 messages of no known kind wait for a person (mail:993)",
            ],
            MailboxLines.Of(
                new MailboxState
                {
                    Failures = 1,
                    Since = now.AddMinutes(-1),
                    Reply = "login refused.",
                    Next = now.AddMinutes(1),
                    SetAside = 1_234,
                },
                "mail:993", now));
    }
}
