using DailyDigest.Accounts;

namespace DailyDigest.Server.Commands;

/// <summary>Records the changes of the command line where the desk records its own.</summary>
internal static class CommandAudit
{
    /// <summary>Records a change after it was made.</summary>
    /// <param name="services">The program.</param>
    /// <param name="verb"><c>subject.verb</c>, such as <c>feed.add</c>.</param>
    /// <param name="subject">An id, never an address.</param>
    /// <param name="before">In words; null for nothing.</param>
    /// <param name="after">In words; null for nothing.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static Task AuditAsync(
        this IServiceProvider services, string verb, string subject, string? before, string? after, CancellationToken cancellationToken) =>
        services.GetRequiredService<AuditLog>().WriteAsync(Actor.CommandLine, verb, subject, before, after, cancellationToken);
}
