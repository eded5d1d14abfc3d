using System.Xml;

namespace DailyDigest.Feeds;

/// <summary>The tokens of <see cref="XmlScanner"/>.</summary>
internal enum XmlToken
{
    None,
    Text,
    Start,
    Close,
}

/// <summary>
/// Splits XML that may be faulty into text and tags. Each fault costs a tag or an attribute, never more. The time is linear: every search
/// remembers what it found.
/// </summary>
internal sealed class XmlScanner(string source, FeedNotes notes)
{
    private readonly CdataSections sections = new(source, notes);
    private readonly Needle commentStart = new(source, "<!--");
    private readonly Needle commentEnd = new(source, "-->");
    private readonly Needle tagEnd = new(source, ">");
    private readonly Needle quote = new(source, "\"");
    private readonly Needle apostrophe = new(source, "'");
    private int at;

    /// <summary>The name of a tag, as written.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The attributes of a start tag, as written, with decoded values.</summary>
    public List<(string Name, string Value)> Attributes { get; } = [];

    /// <summary>True for a start tag that ends with a slash.</summary>
    public bool IsEmpty { get; private set; }

    /// <summary>The decoded text.</summary>
    public string Text { get; private set; } = "";

    /// <summary>The name of the open element: it ends a CDATA section that has no end.</summary>
    public string Current { get; set; } = "";

    /// <summary>Reads the next token.</summary>
    /// <exception cref="FeedFault">The document contains a DTD with declarations, or a tag with too many attributes.</exception>
    public XmlToken Next()
    {
        while (at < source.Length)
        {
            if (source[at] != '<')
            {
                var end = source.IndexOf('<', at);
                end = end < 0 ? source.Length : end;
                Text = Decode(at, end);
                notes.Repair("]]>", Text.Contains("]]>", StringComparison.Ordinal) ? 1 : 0);
                at = end;
                return XmlToken.Text;
            }

            if (at + 1 < source.Length && source[at + 1] is '!' or '[' && sections.Begin(at) is { } begin)
            {
                (Text, at) = sections.Read(begin, Current);
                return XmlToken.Text;
            }

            if (Is("<!--"))
            {
                SkipComment();
            }
            else if (Is("<?") || Is("<!") || Is("</>"))
            {
                SkipDeclaration();
            }
            else if (Is("</") && IsNameStart(at + 2))
            {
                return Close();
            }
            else if (IsNameStart(at + 1) && Start())
            {
                return XmlToken.Start;
            }
            else if (at < source.Length)
            {
                notes.Repair("bare <");
                Text = "<";
                at++;
                return XmlToken.Text;
            }
        }

        return XmlToken.None;
    }

    private XmlToken Close()
    {
        var i = at + 2;
        Name = ReadName(ref i);
        while (i < source.Length && source[i] is not ('>' or '<'))
        {
            i++;
        }

        Name = i >= source.Length && Current.StartsWith(Name, StringComparison.Ordinal) ? Current : Name;
        at = i < source.Length && source[i] == '>' ? i + 1 : i;
        return XmlToken.Close;
    }

    // False if it is no tag: the text then begins with a bare "<". A tag that the end of the document cuts is left out.
    private bool Start()
    {
        var i = at + 1;
        Name = ReadName(ref i);
        Attributes.Clear();
        var slash = -1;
        while (i < source.Length)
        {
            switch (source[i])
            {
                case '>':
                    IsEmpty = slash == i - 1;
                    at = i + 1;
                    return true;
                case '<' when !FeedNames.IsKnown(Name[(Name.IndexOf(':', StringComparison.Ordinal) + 1)..]):
                    return false;
                case '<':
                    notes.Repair("tags without their end");
                    IsEmpty = false;
                    at = i;
                    return true;
                case '/':
                    slash = i++;
                    break;
                case var c when IsSpace(c) || c is '=' or '"' or '\'':
                    i++;
                    break;
                default:
                    ReadAttribute(ref i);
                    break;
            }
        }

        notes.Repair("the end is missing");
        at = source.Length;
        return false;
    }

    private void ReadAttribute(ref int i)
    {
        var begin = i;
        while (i < source.Length && !IsSpace(source[i]) && source[i] is not ('=' or '>' or '/' or '<' or '"' or '\''))
        {
            i++;
        }

        var (name, value) = (source[begin..i], "");
        var next = i;
        SkipSpaces(ref next);
        if (next < source.Length && source[next] == '=')
        {
            i = next + 1;
            SkipSpaces(ref i);
            value = ReadValue(ref i);
        }

        if (Attributes.Count >= FeedLimits.MaxAttributes)
        {
            throw new FeedFault($"an element with more than {FeedLimits.MaxAttributes} attributes");
        }

        Attributes.Add((name, value));
    }

    private string ReadValue(ref int i)
    {
        var begin = i;
        if (i < source.Length && source[i] is '"' or '\'')
        {
            var end = (source[i] == '"' ? quote : apostrophe).Find(i + 1);
            if (end >= 0 && !HasTag(i + 1, end))
            {
                begin = i + 1;
                i = end + 1;
                return Decode(begin, end);
            }

            begin = ++i;
        }

        notes.Repair("attributes without quotes");
        while (i < source.Length && !IsSpace(source[i]) && source[i] is not ('>' or '<'))
        {
            i++;
        }

        return Decode(begin, i);
    }

    private bool HasTag(int from, int to)
    {
        for (var i = source.IndexOf('<', from, to - from); i >= 0; i = source.IndexOf('<', i + 1, to - i - 1))
        {
            if (IsNameStart(i + 1) || source[i + 1] is '/' or '!')
            {
                return true;
            }
        }

        return false;
    }

    private void SkipComment()
    {
        var (end, next) = (commentEnd.Find(at + 4), commentStart.Find(at + 4));
        if (end >= 0 && (next < 0 || next > end))
        {
            notes.Repair("-- in a comment", source.AsSpan(at + 4, end - at - 4).Contains("--", StringComparison.Ordinal) ? 1 : 0);
            at = end + 3;
            return;
        }

        notes.Repair("comments without their end");
        at = source.IndexOf('<', at + 4) is >= 0 and var tag ? tag : source.Length;
    }

    private void SkipDeclaration()
    {
        FeedDoctype.Check(source, at);
        var isFirst = at == 0 && source.AsSpan(0, Math.Min(source.Length, 30)).Contains("1.0", StringComparison.Ordinal);
        notes.Repair("declarations in the wrong place", Is("<?xml ") && !isFirst ? 1 : 0);
        at = tagEnd.Find(at) is >= 0 and var end ? end + 1 : source.Length;
    }

    private string Decode(int from, int to) => XmlReferences.Decode(source, from, to, notes);

    private string ReadName(ref int i)
    {
        var begin = i;
        while (i < source.Length && (XmlConvert.IsNCNameChar(source[i]) || source[i] == ':'))
        {
            i++;
        }

        return source[begin..i];
    }

    private void SkipSpaces(ref int i)
    {
        while (i < source.Length && IsSpace(source[i]))
        {
            i++;
        }
    }

    private bool IsNameStart(int i) => i < source.Length && XmlConvert.IsStartNCNameChar(source[i]);

    private bool Is(string start) => string.CompareOrdinal(source, at, start, 0, start.Length) == 0;

    private static bool IsSpace(char c) => c is ' ' or '\t' or '\r' or '\n';
}
