using DailyDigest.Content;
using DailyDigest.Edits;

namespace DailyDigest.Selection;

/// <summary>
/// Selects the best stories for a cohort. Deterministic: the same candidates in any order, history, options and instants give the same
/// result.
/// docs/ranking.md explains the arithmetic.
/// </summary>
internal static class SelectStories
{
    /// <summary>
    /// Selects from the candidates published in the window [since, now]. The candidates must include stories from
    /// <see cref="SelectionOptions.LateHours"/> before the window, and pinned ones from <see cref="SelectionOptions.PinnedHours"/> before
    /// now.
    /// Others are passed over with the reason. Only stories of the <paramref name="choice"/> are chosen (null for all); what is usual is
    /// measured over all, so that a story has the same score for every reader.
    /// </summary>
    public static SelectionResult Select(
        IReadOnlyList<Story> candidates, SentHistory sent, SelectionOptions options, DateTimeOffset since, DateTimeOffset now,
        StoryChoice? choice = null, StoryLanguages? languages = null, SelectionEdits? edits = null)
    {
        edits ??= SelectionEdits.None;
        var passedOver = new List<(Candidate Candidate, string Reason)>();
        var (eligible, refused) = Eligible(candidates, options, since, now, edits);
        var scoring = new Scoring(eligible, options, since, now);
        if (choice is { IsAll: false })
        {
            Keep(choice, languages, eligible, refused);
        }

        passedOver.AddRange(refused.Select(pair => (Scored(pair.Story, scoring), pair.Reason)));

        var clusters = new List<Cluster>();
        var repeats = new RepeatFilter(sent, [.. eligible.Select(story => Scored(story, scoring))]);
        foreach (var cluster in Cluster.Fold(repeats.Candidates))
        {
            if (repeats.Reason(cluster) is { } reason)
            {
                passedOver.AddRange(cluster.Members.Select(member => (member, reason)));
                continue;
            }

            clusters.Add(cluster);
            passedOver.AddRange(cluster.Members.Skip(1).Select(member => (member, $"the same news as “{cluster.First.Story.Title}”")));
        }

        var articles = edits.Ordered(Block(clusters, StoryKind.Article, "article", options.MaxArticles, options, passedOver));
        var posts = edits.Ordered(Block(clusters, StoryKind.BlogPost, "blog post", options.MaxBlogPosts, options, passedOver));
        var tooFew = TooFew(articles.Count, posts.Count, options, since);
        List<Cluster> taken = [.. articles, .. posts];
        if (tooFew is not null)
        {
            passedOver.AddRange(taken.Select(cluster => (cluster.First, "there was too little for a digest")));
            taken.Clear();
        }

        return new SelectionResult([.. taken.Select(cluster => Item(cluster, scoring, edits))], tooFew, Ordered(passedOver))
        {
            ToRemember = [.. taken.SelectMany(cluster => cluster.Members.Select(member => SentStory.Of(member.Story, cluster.Id)))],
        };
    }

    /// <summary>
    /// Removes the stories of other sections and languages. A story in a language that nobody can choose is in no such digest, so it is
    /// refused with this reason.
    /// </summary>
    private static void Keep(
        StoryChoice choice, StoryLanguages? languages, List<Story> eligible, List<(Story Story, string Reason)> refused)
    {
        // Readers of a language in which nothing was published for a week get what there is, instead of nothing for ever.
        var hasLanguage = languages is null || choice.Languages.Count == 0
            || eligible.Concat(refused.Select(pair => pair.Story)).Any(story => languages.IsIn(story, choice.Languages));
        eligible.RemoveAll(story => !IsIn(story, choice.Sections));
        refused.RemoveAll(pair => !IsIn(pair.Story, choice.Sections));
        if (languages is null || choice.Languages.Count == 0 || !hasLanguage)
        {
            return;
        }

        refused.RemoveAll(pair => !languages.IsIn(pair.Story, choice.Languages));
        refused.AddRange(
            eligible.Select(story => (Story: story, Reason: languages.Refusal(story)!)).Where(pair => pair.Reason is not null));
        eligible.RemoveAll(story => !languages.IsIn(story, choice.Languages));
    }

    private static bool IsIn(Story story, IReadOnlyList<string> sections) =>
        sections.Count == 0 || sections.Contains(story.Section ?? "", StringComparer.OrdinalIgnoreCase);

    private static Candidate Scored(Story story, Scoring scoring) => new(story, scoring.Score(story), TitleFingerprint.Of(story));

    private static (List<Story> Eligible, List<(Story Story, string Reason)> Refused) Eligible(
        IReadOnlyList<Story> candidates, SelectionOptions options, DateTimeOffset since, DateTimeOffset now,
        SelectionEdits edits)
    {
        var eligible = new List<Story>();
        var refused = new List<(Story, string)>();
        // Keep the latest version of each id. The text of the record decides ties, so that the order of the input does not matter.
        var byId = candidates.GroupBy(story => story.Id, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal);
        foreach (var versions in byId)
        {
            var story = edits.Decide(Latest(versions));
            if (Refusal(story, options, since, now, edits.Approved) is { } reason)
            {
                refused.Add((story, reason));
            }
            else
            {
                eligible.Add(story);
            }
        }

        return (eligible, refused);
    }

    private static Story Latest(IGrouping<string, Story> versions) => versions.Count() == 1
        ? versions.First()
        : versions.OrderByDescending(story => story.Updated ?? story.Published)
            .ThenBy(story => story.ToString(), StringComparer.Ordinal).First();

    private static string? Refusal(
        Story story, SelectionOptions options, DateTimeOffset since, DateTimeOffset now, IReadOnlySet<string>? approved)
    {
        if (story.Desk.Dropped)
        {
            return "dropped by the desk";
        }

        if (approved?.Contains(story.Id) == false)
        {
            return "not in the digest that was approved";
        }

        if (story.Published > now)
        {
            return $"held back until {Reasons.At(story.Published)}: it is dated in the future";
        }

        // Without this rule a story that arrived after the last digest with an earlier date would be in no digest.
        var seenLate = story.FirstSeen >= since && (since - story.Published).TotalHours <= options.LateHours;
        var pinned = story.Desk.Pinned && (now - story.Published).TotalHours <= options.PinnedHours;
        return pinned || approved is not null ? null
            : story.IsUndated ? "its source has no date that can be read, so it may be old"
            : story.Published >= since || seenLate
            ? null
            : $"too old: published {Reasons.At(story.Published)}, before {Reasons.At(since)}";
    }

    private static List<Cluster> Block(
        List<Cluster> clusters, StoryKind kind, string word, int max, SelectionOptions options, List<(Candidate, string)> passedOver)
    {
        var ranked = clusters.Where(cluster => cluster.First.Story.Kind == kind)
            .OrderByDescending(cluster => cluster.First.Story.Desk.Pinned).ThenByDescending(cluster => cluster.First.Value)
            .ThenByDescending(cluster => cluster.First.Story.Published).ThenBy(cluster => cluster.First.Story.Id, StringComparer.Ordinal)
            .ToList();
        var caps = new[]
        {
            new Cap("section", options.MaxPerSection, story => story.Section?.Trim(), ranked),
            new Cap("source", options.MaxPerSource, story => story.Source, ranked),
        };
        var variety = new Variety(ranked, options.Variety);
        var taken = new List<Cluster>();
        // A pinned story ignores the limits but counts in them.
        while (taken.Count < max && variety.Next(next => next.First.Story.Desk.Pinned || Refusal(next) is null) is { } cluster)
        {
            taken.Add(cluster);
            Array.ForEach(caps, cap => cap.Take(cluster.First.Story));
        }

        var least = taken.Count == 0 ? double.MaxValue : taken.Min(cluster => cluster.First.Value);
        foreach (var cluster in ranked.Except(taken))
        {
            passedOver.Add((
                cluster.First,
                Refusal(cluster) is { } reason && taken.Count < max ? reason
                    : cluster.First.Value > least ? $"left out for variety: {LikeIt(cluster.First.Story, taken, word)}"
                    : $"not among the best {Reasons.Counted(max, word)}"));
        }

        return [.. ranked.Where(taken.Contains)];

        string? Refusal(Cluster cluster) =>
            caps.Select(cap => cap.Refusal(cluster.First.Story, word)).FirstOrDefault(reason => reason is not null);
    }

    // An editor sees why a story with a better score stayed out.
    private static string LikeIt(Story story, List<Cluster> taken, string word)
    {
        var section = taken.Count(cluster => story.Section is { Length: > 0 } name
            && string.Equals(cluster.First.Story.Section?.Trim(), name.Trim(), StringComparison.OrdinalIgnoreCase));
        var source = taken.Count(cluster => cluster.First.Story.Source == story.Source);
        return section > 0
            ? $"{Reasons.Counted(section, word)} of section {story.Section!.Trim()} {(section == 1 ? "was" : "were")} taken"
            : $"{Reasons.Counted(source, word)} of its source {(source == 1 ? "was" : "were")} taken";
    }

    private static string? TooFew(int articles, int posts, SelectionOptions options, DateTimeOffset since)
    {
        foreach (var (count, min, word, others, other) in new[]
        {
            (articles, options.MinArticles, "article", posts, "blog post"), (posts, options.MinBlogPosts, "blog post", articles, "article"),
            (articles + posts, Math.Max(1, options.MinStories), "story", 0, ""),
        })
        {
            if (count < min)
            {
                var words = word == "story" ? (min == 1 ? "story" : "stories") : word + (min == 1 ? "" : "s");
                var beside = others == 0 ? "" : $", beside {Reasons.Counted(others, other)}";
                return $"{count} of at least {min} {words} since {Reasons.At(since)}{beside}.";
            }
        }

        return null;
    }

    private static DigestItem Item(Cluster cluster, Scoring scoring, SelectionEdits edits)
    {
        var (story, score) = (cluster.First.Story, cluster.First.Score);
        return edits.Rewrite(
            new DigestItem(story, cluster.Id, cluster.First.Value, Reasons.Of(story, score, scoring.AgeHours(story)), cluster.AlsoIn));
    }

    private static List<PassedOver> Ordered(List<(Candidate Candidate, string Reason)> passedOver) =>
        [.. passedOver.OrderByDescending(pair => pair.Candidate.Story.Desk.Pinned).ThenByDescending(pair => pair.Candidate.Value)
            .ThenByDescending(pair => pair.Candidate.Story.Published).ThenBy(pair => pair.Candidate.Story.Id, StringComparer.Ordinal)
            .Take(SelectionResult.MaxPassedOver)
            .Select(pair => new PassedOver(pair.Candidate.Story.Id, pair.Candidate.Story.Title, pair.Candidate.Value, pair.Reason))];
}
