using DailyDigest.Clock;
using DailyDigest.Content;
using DailyDigest.Hooks;
using DailyDigest.Returns;
using DailyDigest.Sending;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using DailyDigest.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace DailyDigest.Functions;

/// <summary>
/// The functions of the app. Each one calls a use case and decides nothing, so the app behaves as the Server does.
/// Names and schedules are literals, and the connection is a setting without sections. The scale controller, which starts the app, cannot
/// read settings in sections: it would not start the app when the queue fills.
/// </summary>
public sealed class Triggers(
    Tick tick, SendNotices sendNotices, DeliverHooks deliverHooks, WatchAlerts watchAlerts, AnnounceAlerts announceAlerts,
    PollFeeds pollFeeds, ReadReturns readReturns, RunningParts parts, StartWarnings warnings, Pages pages)
{
    /// <summary>
    /// Every minute: starts runs that are due, finishes incomplete changes, and enqueues stalled parts. Repeating it changes nothing.
    /// </summary>
    [Function("Tick")]
    public async Task TickAsync([TimerTrigger("0 * * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        await warnings.LogOnceAsync(cancellationToken);
        await tick.ExecuteAsync(cancellationToken);
    }

    /// <summary>
    /// Every minute: sends service mails, such as the confirmation that a new reader waits for. It is separate from Tick because the host
    /// starts a timer's function again only after it has ended, and a slow relay must not delay the tick. Web hooks are called beside it,
    /// and the alerts are looked at: a function of their own would cost as much again.
    /// </summary>
    [Function("Notices")]
    public Task NoticesAsync([TimerTrigger("0 * * * * *")] TimerInfo timer, CancellationToken cancellationToken) =>
        Task.WhenAll(
            sendNotices.ExecuteAsync(cancellationToken), watchAlerts.ExecuteAsync(cancellationToken),
            announceAlerts.ExecuteAsync(cancellationToken), deliverHooks.ExecuteAsync(cancellationToken));

    /// <summary>
    /// Every ten minutes: polls the feeds. The last poll of an hour is one minute before the next, when most digests are frozen. Beside it
    /// the mailbox is read, for at most five minutes: a function of its own would cost as much again, and a full mailbox must delay neither
    /// the tick nor a confirmation.
    /// </summary>
    [Function("Ingest")]
    public Task IngestAsync([TimerTrigger("0 9-59/10 * * * *")] TimerInfo timer, CancellationToken cancellationToken) =>
        Task.WhenAll(
            pollFeeds.ExecuteAsync(evenSlow: false, cancellationToken), readReturns.ExecuteAsync(evenEarly: false, cancellationToken));

    /// <summary>
    /// Delivers one part of a run. The message is a hint: if it ends in the poison queue, the tick enqueues the part again.
    /// </summary>
    [Function("Deliver")]
    public Task DeliverAsync(
        [QueueTrigger(Queues.Deliver, Connection = "AzureWebJobsStorage")] string hint, CancellationToken cancellationToken) =>
        parts.DeliverAsync(hint, cancellationToken);

    /// <summary>
    /// Takes the POST of the sign-up form. It is separate so that an operator can count it, limit it and set alerts on it.
    /// </summary>
    [Function("SignUp")]
    public Task SignUpAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "signup")] HttpRequest request) =>
        pages.AnswerAsync(request.HttpContext);

    /// <summary>Answers every other request. The pipeline decides who may call what, as on the Server.</summary>
    [Function("Web")]
    public Task WebAsync([HttpTrigger(AuthorizationLevel.Anonymous, Route = "{*path}")] HttpRequest request) =>
        pages.AnswerAsync(request.HttpContext);
}
