namespace DailyDigest.Selection;

/// <summary>
/// The words that only one of two titles has. They decide whether the titles are different news. The others do not:
/// "Bank raises rates" and "Bank lowers rates" have most words in common.
/// </summary>
internal readonly ref struct HeadlineDifference
{
    private const WordClass OneSided = WordClass.Genre | WordClass.Maybe | WordClass.Not | WordClass.Again;

    // A name has two or three words.
    private const int MaxInOnePlace = 3;

    private readonly Headline first;
    private readonly Headline second;

    public HeadlineDifference(Headline first, Headline second, Span<HeadlineWord> buffer)
    {
        (this.first, this.second) = (first, second);
        var (i, j, mine, theirs, common) = (0, 0, 0, buffer.Length, 0);
        var (a, b) = (first.ByHash, second.ByHash);
        while (i < a.Length || j < b.Length)
        {
            if (j == b.Length || (i < a.Length && a[i].Hash < b[j].Hash))
            {
                buffer[mine++] = a[i++];
            }
            else if (i == a.Length || b[j].Hash < a[i].Hash)
            {
                buffer[--theirs] = b[j++];
            }
            else
            {
                (i, j, common) = (i + 1, j + 1, common + 1);
            }
        }

        (mine, theirs) = WithoutTypingErrors(buffer, mine, theirs);
        Common = b.Length - (buffer.Length - theirs);
        Mine = WithoutSite(buffer[..mine], first, isAlone: false);
        Theirs = WithoutSite(buffer[theirs..], second, isAlone: Mine.Length == 0);
        Mine = WithoutSite(Mine, first, isAlone: Theirs.Length == 0);
    }

    /// <summary>The words of the first that the second lacks.</summary>
    public ReadOnlySpan<HeadlineWord> Mine { get; }

    /// <summary>The words of the second that the first lacks.</summary>
    public ReadOnlySpan<HeadlineWord> Theirs { get; }

    /// <summary>The number of words in common.</summary>
    public int Common { get; }

    /// <summary>True if the words in which the titles differ tell two events, whatever the summaries say.</summary>
    public bool TellsTwoEvents() =>
        (Has(Mine, WordClass.Number) && Has(Theirs, WordClass.Number))
        || (Has(Mine, WordClass.Day) && Has(Theirs, WordClass.Day))
        || OrdinalsDiffer(Mine, Theirs) || OrdinalsDiffer(Theirs, Mine)
        || OneOfASeries(Mine, Theirs) || OneOfASeries(Theirs, Mine)
        || OneSideOnly(Mine, second) || OneSideOnly(Theirs, first)
        || first.IsQuestion != second.IsQuestion
        || AreOpposite() || HeadlineRoles.AreSwapped(first, second);

    /// <summary>True if each has a name that the other lacks.</summary>
    public bool NamesDiffer() => HasName(Mine) && HasName(Theirs);

    /// <summary>True if one has a name or a number that the other lacks.</summary>
    public bool HasName() => HasName(Mine) || HasName(Theirs) || Has(Mine, WordClass.Number) || Has(Theirs, WordClass.Number);

    private static bool HasName(ReadOnlySpan<HeadlineWord> words)
    {
        foreach (var word in words)
        {
            if (word.IsName)
            {
                return true;
            }
        }

        return false;
    }

    // Leaves out words that are a source's name: behind a bar, or names behind a dash.
    private static ReadOnlySpan<HeadlineWord> WithoutSite(ReadOnlySpan<HeadlineWord> words, Headline of, bool isAlone)
    {
        var (isSite, isNews, isAllNames) = (false, false, true);
        foreach (var word in words)
        {
            isSite |= word.Word.Is(WordClass.Site);
            isNews |= !word.IsAfterBar || word.Word.Is(WordClass.Number | WordClass.Day);
            isAllNames &= word.IsName && !word.Word.Is(WordClass.Genre);
        }

        var isBar = of.IsBar && !Has(words, WordClass.Genre);
        return !isNews && (isSite || isBar || (isAlone && isAllNames)) ? [] : words;
    }

    // Moves the words that are the same but for a typing error out of both ends of the buffer.
    private static (int Mine, int Theirs) WithoutTypingErrors(Span<HeadlineWord> buffer, int mine, int theirs)
    {
        for (var i = mine - 1; i >= 0; i--)
        {
            for (var j = theirs; j < buffer.Length; j++)
            {
                if (WordForms.AreVariants(buffer[i], buffer[j]))
                {
                    buffer[i] = buffer[--mine];
                    buffer[j] = buffer[theirs++];
                    break;
                }
            }
        }

        return (mine, theirs);
    }

    private static bool Has(ReadOnlySpan<HeadlineWord> words, WordClass any)
    {
        foreach (var word in words)
        {
            if (word.Word.Is(any))
            {
                return true;
            }
        }

        return false;
    }

    // "The second suspect" is another than "the suspect", but "for the first time" adds nothing.
    private static bool OrdinalsDiffer(ReadOnlySpan<HeadlineWord> one, ReadOnlySpan<HeadlineWord> other)
    {
        foreach (var word in one)
        {
            if (word.Word.Is(WordClass.Ordinal) && (word.Word.Text != "#1." || Has(other, WordClass.Ordinal)))
            {
                return true;
            }
        }

        return false;
    }

    // "Week 12 in pictures" and "The week in pictures".
    private bool OneOfASeries(ReadOnlySpan<HeadlineWord> one, ReadOnlySpan<HeadlineWord> other) =>
        Has(one, WordClass.Number) && !Has(other, WordClass.Number)
        && (first.Classes & second.Classes & WordClass.Series) != 0 && (first.Classes & second.Classes & WordClass.Number) == 0;

    private static bool OneSideOnly(ReadOnlySpan<HeadlineWord> one, Headline other)
    {
        foreach (var word in one)
        {
            if ((word.Word.Classes & OneSided & ~other.Classes) != 0)
            {
                return true;
            }
        }

        return false;
    }

    private bool AreOpposite()
    {
        foreach (var mine in Mine)
        {
            foreach (var theirs in Theirs)
            {
                if (mine.Word.IsOppositeOf(theirs.Word))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>
    /// True if the titles are of one pattern: all words in which they differ stand in one place, with the same words before and after it.
    /// </summary>
    public bool IsOnePlace()
    {
        var (a, b) = (first.Words, second.Words);
        var (before, after, least) = (0, 0, Math.Min(a.Length, b.Length));
        while (before < least && a[before].Hash == b[before].Hash)
        {
            before++;
        }

        while (after < least - before && a[^(after + 1)].Hash == b[^(after + 1)].Hash)
        {
            after++;
        }

        var mine = a.AsSpan(before, a.Length - before - after);
        var theirs = b.AsSpan(before, b.Length - before - after);
        if (mine.Length > MaxInOnePlace || theirs.Length > MaxInOnePlace)
        {
            return false;
        }

        // The same word in both: one sentence in two wordings, and not one sentence about two things.
        foreach (var word in mine)
        {
            if (Contains(theirs, word.Hash))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Contains(ReadOnlySpan<HeadlineWord> words, ulong hash)
    {
        foreach (var word in words)
        {
            if (word.Hash == hash)
            {
                return true;
            }
        }

        return false;
    }
}
