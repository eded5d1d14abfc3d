using DailyDigest.Returns;

namespace DailyDigest.Server.Workers;

/// <summary>Reads the mailbox to which messages come back. It looks every minute whether a reading is due.</summary>
internal sealed class ReturnsWorker(ReadReturns readReturns, TimeProvider time, ILogger<ReturnsWorker> logger)
    : Loop(TimeSpan.FromMinutes(1), time, logger)
{
    protected override async Task<bool> StepAsync(CancellationToken cancellationToken) =>
        (await readReturns.ExecuteAsync(evenEarly: false, cancellationToken)).HasMore;
}
