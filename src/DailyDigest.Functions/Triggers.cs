using DailyDigest.Clock;
using DailyDigest.Content;
using DailyDigest.Sending;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace DailyDigest.Functions;

/// <summary>
/// What Azure Functions starts. Each trigger is a line that calls in: nothing is decided here, so nothing here differs from the Server.
/// Schedules and names are literals and the connection is a flat name, because the scale controller, which wakes the app, does not read
/// settings in sections: an app whose connection is one sleeps while its queue fills.
/// </summary>
public sealed class Triggers(Tick tick, SendNotices sendNotices, PollFeeds pollFeeds, DeliverPart deliverPart, Pages pages)
{
    /// <summary>Every minute: what is due, what was left half done, what has stalled. To repeat it changes nothing.</summary>
    [Function("Tick")]
    public Task TickAsync([TimerTrigger("0 * * * * *")] TimerInfo timer, CancellationToken cancellationToken) =>
        tick.ExecuteAsync(cancellationToken);

    /// <summary>
    /// Every minute the service mails, since somebody who has signed up is waiting for the confirmation. A function of its own: the host starts a timer's
    /// function again only when it has ended, and a relay that is slow to answer must not stop the clock.
    /// </summary>
    [Function("Notices")]
    public Task NoticesAsync([TimerTrigger("0 * * * * *")] TimerInfo timer, CancellationToken cancellationToken) =>
        sendNotices.ExecuteAsync(cancellationToken);

    /// <summary>Every ten minutes, the last time a minute before the full hour, when most digests are frozen.</summary>
    [Function("Ingest")]
    public Task IngestAsync([TimerTrigger("0 9-59/10 * * * *")] TimerInfo timer, CancellationToken cancellationToken) =>
        pollFeeds.ExecuteAsync(cancellationToken);

    /// <summary>One part of a run. The message is a hint: if it fails until it is poisoned, the tick's sweep enqueues the part again.</summary>
    [Function("Deliver")]
    public Task DeliverAsync(
        [QueueTrigger(Queues.Deliver, Connection = "AzureWebJobsStorage")] string hint, CancellationToken cancellationToken) =>
        deliverPart.ExecuteAsync(hint, cancellationToken);

    /// <summary>The sign-up form's POST, a function of its own so that it can be counted, limited and alarmed on its own.</summary>
    [Function("SignUp")]
    public Task SignUpAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "signup")] HttpRequest request) =>
        pages.AnswerAsync(request.HttpContext);

    /// <summary>Every other page and endpoint. Who may call what is decided by the pipeline, as on the Server.</summary>
    [Function("Web")]
    public Task WebAsync([HttpTrigger(AuthorizationLevel.Anonymous, Route = "{*path}")] HttpRequest request) =>
        pages.AnswerAsync(request.HttpContext);
}
