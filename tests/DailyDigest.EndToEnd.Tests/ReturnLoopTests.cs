using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Calendar;
using DailyDigest.Clock;
using DailyDigest.EndToEnd.Tests.Fixtures;
using DailyDigest.Returns;
using DailyDigest.Runs;
using DailyDigest.Sending;
using DailyDigest.Server.Commands;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Services;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace DailyDigest.EndToEnd.Tests;

/// <summary>
/// The way of a digest that comes back, on real parts: the program sends through Postfix, other servers refuse, Postfix's reports arrive in
/// Dovecot's mailbox, and the program reads them there.
/// </summary>
public sealed class ReturnLoopTests(ReturnLoopTests.Servers servers) : IClassFixture<ReturnLoopTests.Servers>
{
    private const string Domain = "mail.digest.example";
    private const string Secret = "out and back again";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite", "imap")]
    [InlineData("sqlite", "pop3")]
    [InlineData("azure", "imap")]
    [InlineData("azure", "pop3")]
    public async Task Bounces_of_a_real_relay_reach_ledger_and_subscriber(string storage, string protocol)
    {
        servers.Dovecot.Clear();
        using var publication = new PublicationFixture(servers.Postfix.Port);
        servers.Use(publication, storage, protocol);
        await using var app = await publication.StartAsync(Cancellation);
        var tables = app.Services.GetRequiredService<ITableStore>();
        var cohort = await PublicationFixture.SeedAsync(tables, Servers.Readers, publication.Made, Cancellation);
        await app.Services.GetRequiredService<Tick>().ExecuteAsync(Cancellation);
        while (await app.Services.GetRequiredService<DeliverHints>().ExecuteAsync(Cancellation) > 0)
        {
        }

        await app.Services.GetRequiredService<Tick>().ExecuteAsync(Cancellation);
        await servers.Dovecot.WaitForAsync(3, Cancellation);
        Assert.Equal(["Sent", "Sent", "Sent", "Sent"], await RowsAsync(app, publication, cohort));

        var read = app.Services.GetRequiredService<ReadReturns>();
        var report = await read.ExecuteAsync(evenEarly: false, Cancellation);
        Assert.Equal((ReadingOutcome.Read, 3), (report.Outcome, report.Results.GetValueOrDefault(ReturnResult.Done)));
        Assert.Equal(0, servers.Dovecot.Count());
        Assert.Equal(
            ["Sent", "Rejected no-such-user", "Rejected mailbox-full", "Rejected too-big"], await RowsAsync(app, publication, cohort));
        Assert.Equal(
            [SubscriberStatus.Active, SubscriberStatus.Bounced, SubscriberStatus.Active, SubscriberStatus.Active],
            await StatusAsync(app));
        Assert.Equal(ReadingOutcome.NotNow, (await read.ExecuteAsync(evenEarly: false, Cancellation)).Outcome);
        Assert.Empty((await read.ExecuteAsync(evenEarly: true, Cancellation)).Results);

        // The reader who got it writes to the address of its List-Unsubscribe header.
        var header = servers.FarEnd.Messages.Last(mail => mail.To.Contains(PublicationFixture.ReaderAddress(0)))
            .Header("List-Unsubscribe")!;
        var address = header[(header.IndexOf("mailto:", StringComparison.Ordinal) + "mailto:".Length)..].Split('?')[0];
        Assert.Contains("+", address, StringComparison.Ordinal);
        await servers.Dovecot.DeliverAsync(
            Encoding.ASCII.GetBytes($"From: {PublicationFixture.ReaderAddress(0)}\r\nTo: {address}\r\nSubject: unsubscribe\r\n\r\n"),
            Cancellation);
        Assert.Equal(1, (await read.ExecuteAsync(evenEarly: true, Cancellation)).Results[ReturnResult.Done]);
        Assert.Equal(SubscriberStatus.Unsubscribed, (await StatusAsync(app))[0]);
    }

    [Fact]
    public async Task The_command_line_shows_what_waits_reads_it_and_examines_the_mailbox()
    {
        servers.Dovecot.Clear();
        using var publication = new PublicationFixture(servers.Postfix.Port);
        servers.Use(publication, "sqlite", "imap");
        publication.Settings["Mail__PickupFolder"] = publication.Folder;
        await DeliverRepliesAsync(1);
        await servers.Dovecot.DeliverAsync("Subject: hello\r\n\r\nA letter.\r\n"u8.ToArray(), Cancellation);
        using (await publication.OpenAsync(Cancellation))
        {
            // The first start of the server makes the store.
        }

        Assert.Equal(
            (0, "kind\treason\tpermanent\tproof\nautomatic reply\t\t\tnone\nother\t\t\tnone\n"),
            await RunAsync(publication, "returns", "read", "--dry-run"));
        Assert.Equal(2, servers.Dovecot.Count());
        Assert.Contains("mailbox login: OK: accepted\n", (await RunAsync(publication, "doctor")).Output, StringComparison.Ordinal);
        Assert.Equal(
            (0, "1 counted: automatic replies and the like\n1 of no known kind: left in the mailbox\n"),
            await RunAsync(publication, "returns", "read"));
        Assert.Equal((0, "No message waits.\n"), await RunAsync(publication, "returns", "read", "--dry-run"));
        Assert.Equal(
            (0, "No message waits.\n1 message of no known kind waits for a person\n"), await RunAsync(publication, "returns", "read"));
        Assert.Contains("1 message of no known kind waits for a person (127.0.0.1:", (await RunAsync(publication, "status")).Output,
            StringComparison.Ordinal);
        Assert.Equal((1, 1), (servers.Dovecot.Count(), servers.Dovecot.Count("DailyDigest")));

        publication.Settings["Mailbox__Password"] = "wrong";
        Assert.Equal(1, (await RunAsync(publication, "returns", "read")).Exit);
        Assert.Contains("cannot be read since", (await RunAsync(publication, "status")).Output, StringComparison.Ordinal);
        publication.Settings["Mailbox__Host"] = "";
        (publication.Settings["Mailbox__User"], publication.Settings["Mailbox__Password"]) = ("", "");
        Assert.Equal((2, ""), await RunAsync(publication, "returns", "read"));
    }

    /// <summary>The real program in a process of its own, killed while it reads.</summary>
    [Fact]
    public async Task A_program_that_is_killed_while_it_reads_counts_no_message_twice()
    {
        const int Messages = 200;
        servers.Dovecot.Clear();
        using var publication = new PublicationFixture(servers.Postfix.Port);
        servers.Use(publication, "sqlite", "imap");
        await DeliverRepliesAsync(Messages);
        using (await publication.OpenAsync(Cancellation))
        {
        }

        await using (var program = ServerProcess.Start(publication.Folder, publication.Settings, "returns", "read"))
        {
            await servers.Dovecot.WaitUntilAsync(dovecot => dovecot.Count() < Messages, Cancellation);
            await program.KillAsync(Cancellation);
        }

        Assert.InRange(servers.Dovecot.Count(), 1, Messages);

        // The dead program's lease has ended.
        var later = new FakeTimeProvider(TimeProvider.System.GetUtcNow() + MailboxStates.Lease);
        await using var app = await publication.StartAsync(Cancellation, later);
        var report = await app.Services.GetRequiredService<ReadReturns>().ExecuteAsync(evenEarly: true, Cancellation);
        Assert.Equal(ReadingOutcome.Read, report.Outcome);
        Assert.Equal((0, Messages), (servers.Dovecot.Count(), servers.Dovecot.Count("DailyDigest")));
        var counted = 0L;
        for (var day = -1; day <= 1; day++)
        {
            counted += (await app.Services.GetRequiredService<ReturnStore>().CountsAsync(
                LocalDates.Utc(publication.Made).AddDays(day), Cancellation))["autoreply"];
        }

        Assert.Equal(Messages, counted);
    }

    private async Task DeliverRepliesAsync(int count)
    {
        for (var number = 0; number < count; number++)
        {
            await servers.Dovecot.DeliverAsync(
                Encoding.ASCII.GetBytes($"Message-ID: <{number}@example.org>\r\nSubject: away\r\nAuto-Submitted: auto-replied\r\n\r\n"),
                Cancellation);
        }
    }

    private static async Task<(int Exit, string Output)> RunAsync(PublicationFixture publication, params string[] args)
    {
        using StringWriter output = new(), error = new();
        var exit = await CommandLine.InvokeAsync(args, output, error, builder =>
        {
            builder.Configuration.AddInMemoryCollection(publication.Configuration);
            builder.Environment.EnvironmentName = "Production";
            builder.Logging.ClearProviders();
        });
        return (exit, output.ToString().ReplaceLineEndings("\n"));
    }

    private static async Task<List<string>> RowsAsync(WebApplication app, PublicationFixture publication, Cohort cohort)
    {
        var tables = app.Services.GetRequiredService<ITableStore>();
        var run = await app.Services.GetRequiredService<RunStore>().GetAsync(
            Zones.LocalDate(cohort.Zone, publication.Made), cohort.Key, Cancellation);
        Assert.Equal(RunState.Closed, run?.State);
        var rows = new Dictionary<string, DeliveryRow>();
        await foreach (var row in LedgerReader.DeliveriesAsync(tables, run!, Cancellation))
        {
            rows.Add(row.SubscriberId, row);
        }

        return [.. Enumerable.Range(0, Servers.Readers).Select(number => rows[PublicationFixture.ReaderId(number)])
            .Select(row => $"{row.State} {row.Reason}".Trim())];
    }

    private static async Task<List<SubscriberStatus>> StatusAsync(WebApplication app)
    {
        var status = new List<SubscriberStatus>();
        for (var number = 0; number < Servers.Readers; number++)
        {
            var reader = await app.Services.GetRequiredService<SubscriberStore>().GetAsync(
                PublicationFixture.ReaderId(number), Cancellation);
            status.Add(reader!.Subscriber.Status);
        }

        return status;
    }

    /// <summary>The servers, for all tests of the class: the far end refuses three of four readers.</summary>
    public sealed class Servers : IAsyncLifetime
    {
        /// <summary>Readers of the digest.</summary>
        public const int Readers = 4;

        private Azurite? azurite;

        /// <summary>The mailbox's server.</summary>
        public Dovecot Dovecot { get; private set; } = null!;

        /// <summary>The relay.</summary>
        public PostfixRelay Postfix { get; private set; } = null!;

        /// <summary>The server of the readers.</summary>
        public SmtpRecorder FarEnd { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            var starting = Azurite.StartAsync(Cancellation);
            FarEnd = await SmtpRecorder.StartAsync(
                new SmtpOptions
                {
                    Faults =
                    [
                        SmtpFault.Refuse(SmtpStage.Rcpt, 550, "5.1.1 No such user here", PublicationFixture.ReaderAddress(1)),
                        SmtpFault.Refuse(SmtpStage.Rcpt, 552, "5.2.2 Mailbox full", PublicationFixture.ReaderAddress(2)),
                        SmtpFault.Refuse(SmtpStage.Data, 552, "5.3.4 Message too big for system", PublicationFixture.ReaderAddress(3)),
                    ],
                }, Cancellation);
            Dovecot = await Dovecot.StartAsync(Cancellation);
            Postfix = await PostfixRelay.StartAsync(FarEnd.Port, "courier", Secret, Cancellation, Domain, Dovecot);
            azurite = await starting;
        }

        public async ValueTask DisposeAsync()
        {
            await azurite!.DisposeAsync();
            await Postfix.DisposeAsync();
            await Dovecot.DisposeAsync();
            await FarEnd.DisposeAsync();
        }

        internal void Use(PublicationFixture publication, string storage, string protocol)
        {
            var settings = publication.Settings;
            settings["Mail__Security"] = "starttls";
            settings["Mail__User"] = "courier";
            settings["Mail__Password"] = Secret;
            settings["Mail__CertificateSha256"] = Convert.ToHexString(SHA256.HashData(Postfix.Certificate.RawData));
            settings["Mail__Bounces"] = "bounces@" + Domain;
            settings["Mail__UnsubscribeAddress"] = "leave@" + Domain;
            settings["Mailbox__Host"] = "127.0.0.1";
            settings["Mailbox__Port"] = (protocol == "imap" ? Dovecot.ImapPort : Dovecot.Pop3Port).ToString(CultureInfo.InvariantCulture);
            settings["Mailbox__Protocol"] = protocol;
            settings["Mailbox__User"] = Dovecot.User;
            settings["Mailbox__Password"] = Dovecot.Password;
            settings["Mailbox__CertificateSha256"] = Dovecot.Fingerprint;
            settings["Publication__TimeZone"] = "Etc/UTC";
            settings["Publication__Hour"] = publication.Made.Hour.ToString(CultureInfo.InvariantCulture);
            if (storage == "azure")
            {
                settings["Storage__Azure__ConnectionString"] = azurite!.ConnectionString;
                settings["Storage__Azure__TablePrefix"] = Azurite.NewPrefix();
            }
        }
    }
}
