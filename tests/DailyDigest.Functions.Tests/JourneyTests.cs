using System.Globalization;
using System.Net;
using DailyDigest.Runs;
using DailyDigest.Subscribers;
using DailyDigest.Testing.Services;

namespace DailyDigest.Functions.Tests;

/// <summary>A reader from sign-up to unsubscribing. Each step is started by the trigger that starts it on Azure.</summary>
public sealed class JourneyTests : IAsyncLifetime
{
    private readonly FunctionApp app = new();
    private Dovecot? dovecot;

    public async ValueTask InitializeAsync()
    {
        dovecot = await Dovecot.StartAsync(FunctionApp.Cancellation);
        app.Settings["Mailbox__Host"] = "127.0.0.1";
        app.Settings["Mailbox__Port"] = dovecot.ImapPort.ToString(CultureInfo.InvariantCulture);
        app.Settings["Mailbox__User"] = Dovecot.User;
        app.Settings["Mailbox__Password"] = Dovecot.Password;
        app.Settings["Mailbox__CertificateSha256"] = dovecot.Fingerprint;
        await dovecot.DeliverAsync(
            "From: away@example.org\r\nSubject: Out of office\r\nAuto-Submitted: auto-replied\r\n\r\nBack on Monday.\r\n"u8.ToArray(),
            FunctionApp.Cancellation);
        await app.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await dovecot!.DisposeAsync();
    }

    [Fact]
    public async Task A_reader_signs_up_confirms_gets_the_digest_of_the_hour_and_leaves()
    {
        FunctionApp.Require();
        var cancellationToken = FunctionApp.Cancellation;
        await app.BeginTodayAsync();
        var reader = new Visitor(app.Worker, "ada.reader@example.org");

        Assert.Equal(HttpStatusCode.OK, await reader.SignUpAsync());
        Assert.Empty(await reader.MailAsync(app.Smtp));
        await app.Worker.TimerAsync("Notices", cancellationToken);
        var confirm = reader.LinkIn(Assert.Single(await reader.MailAsync(app.Smtp)), "/confirm/");
        Assert.Equal(HttpStatusCode.OK, (await reader.AskAsync(HttpMethod.Get, confirm)).Status);
        Assert.Equal(SubscriberStatus.Pending, await StatusAsync());
        Assert.Equal(HttpStatusCode.OK, (await reader.AskAsync(HttpMethod.Post, confirm, new Dictionary<string, string>())).Status);
        Assert.Equal(SubscriberStatus.Active, await StatusAsync());

        await app.Worker.TimerAsync("Ingest", cancellationToken);
        Assert.Equal((0, 1), (dovecot!.Count(), dovecot.Count("DailyDigest")));
        await app.Worker.TimerAsync("Tick", cancellationToken);
        Assert.Equal(1, await app.Queue.DrainAsync(app.Worker, cancellationToken));
        var mail = await reader.MailAsync(app.Smtp);
        Assert.Equal(2, mail.Count);
        Assert.Contains("Mussel market moves inland", mail[1].TextBody, StringComparison.Ordinal);
        await app.Worker.TimerAsync("Tick", cancellationToken);
        var run = await app.Get<RunStore>().GetAsync(app.Today, app.Home.Key, cancellationToken);
        Assert.Equal(RunState.Closed, run?.State);
        Assert.Equal(1, run!.Counts[DeliveryState.Sent]);

        var leave = reader.ListLink(mail[1]);
        Assert.Equal(HttpStatusCode.OK, (await reader.AskAsync(HttpMethod.Get, leave)).Status);
        Assert.Equal(SubscriberStatus.Active, await StatusAsync());
        var oneClick = new Dictionary<string, string> { ["List-Unsubscribe"] = "One-Click" };
        Assert.Equal(HttpStatusCode.OK, (await reader.AskAsync(HttpMethod.Post, leave, oneClick)).Status);
        Assert.Equal(SubscriberStatus.Unsubscribed, await StatusAsync());

        Assert.NotEmpty(app.Worker.Logs);
        Assert.All(reader.Secrets, secret => Assert.DoesNotContain(secret, app.Logged, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("Mussel market", app.Logged, StringComparison.Ordinal);
        await app.Worker.TerminateAsync(cancellationToken);
    }

    private async Task<SubscriberStatus> StatusAsync() =>
        (await app.Get<SubscriberStore>().ScanAsync(null, FunctionApp.Cancellation).SingleAsync(FunctionApp.Cancellation)).Status;
}
