using DailyDigest.Calendar;
using DailyDigest.Figures;
using DailyDigest.Runs;

namespace DailyDigest.Subscribers;

/// <summary>The change of the figures by a write to a subscriber row. It follows from the row before and after the write alone.</summary>
/// <param name="Now">How the numbers of subscribers by status change.</param>
/// <param name="Events">The sign-ups, confirmations, departures and changes.</param>
internal sealed record ReaderChange(FigureCounts Now, FigureCounts Events)
{
    /// <summary>The prefix of the number of active subscribers who pause until a date.</summary>
    public const string PausedUntil = "paused:";

    /// <summary>The prefix of the number of active subscribers who rest until a date.</summary>
    public const string RestingUntil = "resting:";

    /// <summary>The count of readers who complained, by receiving domain.</summary>
    public const string Complaints = "complaints";

    /// <summary>The count of readers whose subscription ended because their mail bounced, by receiving domain.</summary>
    public const string Bounces = "bounces";

    /// <summary>Divides the name of an event that is counted by receiving domain from the domain.</summary>
    public const char OfDomain = ':';

    /// <summary>True if nothing that is counted changes.</summary>
    public bool IsNothing => Now.IsEmpty && Events.IsEmpty;

    /// <summary>The changes of all writes of a batch.</summary>
    public static ReaderChange Of(IEnumerable<(Subscriber? Before, Subscriber? After)> writes)
    {
        var sum = new ReaderChange(new FigureCounts(), new FigureCounts());
        foreach (var (before, after) in writes)
        {
            sum.Count(before, -1);
            sum.Count(after, 1);
            foreach (var name in EventsOf(before, after))
            {
                sum.Events.Add(name, 1);
            }
        }

        return sum;
    }

    /// <summary>The same change with the receiving domains named as they are counted.</summary>
    public async Task<ReaderChange> NamedAsync(ReceivingDomains domains, DateOnly today, CancellationToken cancellationToken)
    {
        if (!Events.Any(one => one.Key.Contains(OfDomain)))
        {
            return this;
        }

        var named = new FigureCounts();
        foreach (var (name, count) in Events)
        {
            var at = name.IndexOf(OfDomain);
            named.Add(at < 0 ? name : name[..(at + 1)] + await domains.NameAsync(name[(at + 1)..], today, cancellationToken), count);
        }

        return this with { Events = named };
    }

    /// <summary>The numbers to which a stored subscriber adds one.</summary>
    public static IEnumerable<string> StatesOf(SubscriberStatus status, DateOnly? pausedUntil, Rest? rest)
    {
        if (status != SubscriberStatus.Erased)
        {
            yield return SubscriberRow.Text(status);
        }

        if (status == SubscriberStatus.Active && pausedUntil is { } until)
        {
            yield return PausedUntil + until.Text();
        }

        if (status == SubscriberStatus.Active && rest is { IsEnded: false })
        {
            yield return RestingUntil + rest.Until.Text();
        }
    }

    private void Count(Subscriber? person, int by)
    {
        foreach (var name in person is null ? [] : StatesOf(person.Status, person.PausedUntil, person.Rest))
        {
            Now.Add(name, by);
        }
    }

    private static IEnumerable<string> EventsOf(Subscriber? before, Subscriber? after)
    {
        if (after is { SignUp: not null } && before?.SignUp is null)
        {
            yield return "sign-ups";
        }

        if (after?.LeftFor is { } why && why != before?.LeftFor)
        {
            yield return "why-" + why;
        }

        var (was, becomes) = (before?.Status == SubscriberStatus.Active, after?.Status == SubscriberStatus.Active);
        if (was && !becomes)
        {
            yield return after?.Status switch
            {
                SubscriberStatus.Bounced => "bounced",
                SubscriberStatus.Complained => "complained",
                SubscriberStatus.Unsubscribed => "left",
                _ => "erased",
            };
        }
        else if (becomes && !was)
        {
            yield return before is { SignUp: not null } && after!.SignUp is null ? "confirmed"
                : before is null or { Status: SubscriberStatus.Pending } ? "imported" : "returned";
        }
        else if (was && before!.Version != after!.Version)
        {
            foreach (var name in Changes(before, after))
            {
                yield return name;
            }
        }
        else if (before is not null && DropSignUp.IsUnconfirmed(before) && after is null or { Status: SubscriberStatus.Erased })
        {
            yield return "dropped";
        }

        // Also a reader who has left already may complain; that one ends nothing.
        if (before is not null && before.Status != SubscriberStatus.Complained
            && after is { Status: SubscriberStatus.Complained, IsReported: true })
        {
            yield return Complaints + OfDomain + DomainCounts.DomainOf(before.Address);
        }
        else if (was && after is { Status: SubscriberStatus.Bounced, IsReported: true })
        {
            yield return Bounces + OfDomain + DomainCounts.DomainOf(before!.Address);
        }
    }

    private static IEnumerable<string> Changes(Subscriber before, Subscriber after)
    {
        var changes = (before.PausedUntil, after.PausedUntil) switch
        {
            var (old, next) when old == next => null,
            (_, null) => "resumed",
            (null, _) => "paused",
            var (old, next) => next > old ? "paused" : "resumed",
        };
        if (changes is not null)
        {
            yield return changes;
        }

        if (after.Rest is { IsEnded: false } && after.Rest != before.Rest)
        {
            yield return "rested";
        }
        else if (before.Rest is { IsEnded: false } && after.Rest is { IsEnded: true })
        {
            yield return "woken";
        }

        if (before.Cohort != after.Cohort)
        {
            yield return "changed-hour";
        }

        if (!before.Sections.SequenceEqual(after.Sections))
        {
            yield return "changed-sections";
        }

        if (before.Language != after.Language)
        {
            yield return "changed-language";
        }

        if (before.Address != after.Address)
        {
            yield return "changed-address";
        }
    }
}
